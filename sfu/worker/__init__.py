"""The media worker process: one UDP port, one event loop, one Unix socket."""
