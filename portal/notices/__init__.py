"""Messages to people: who is told what, the outbox and its delivery."""
