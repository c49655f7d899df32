"""What stands behind dev.py: the virtual environment, then one module per kind of work. No part of the product."""
