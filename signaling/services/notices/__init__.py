"""What is told outside of rooms: notifications, mail, push, webhooks."""
