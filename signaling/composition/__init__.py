"""Puts the parts of the control plane together: stores, services, and what the edges hand requests to."""
