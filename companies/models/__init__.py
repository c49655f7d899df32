"""Tenants, members, packages."""

from companies.models.company import Company, PackageActivation
from companies.models.membership import Membership
from companies.models.package import PlanPackage

__all__ = ["Company", "Membership", "PackageActivation", "PlanPackage"]
