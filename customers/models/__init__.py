"""People we serve and visitors not yet known."""

from customers.models.customer import Customer
from customers.models.visitor import Visitor

__all__ = ["Customer", "Visitor"]
