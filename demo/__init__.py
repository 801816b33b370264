"""A class to look at: ``python -m demo`` runs a server and a tutor made of a moving picture and soft notes."""
