"""What the tests share: real servers, real browsers, real networks."""
