"""A small load generator for chat servers: open and closed loop, latency from send to delivery, nothing lost unseen."""
