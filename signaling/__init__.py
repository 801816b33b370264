"""The control plane: people, live classes, sessions, storage, Socket.IO and REST. It never touches a packet."""
