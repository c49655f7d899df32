"""Tenants, members, invitations, contact persons, packages, and who changed what."""

from companies.models.audit import AuditEntry
from companies.models.company import Company, PackageActivation
from companies.models.contact_person import ContactPerson
from companies.models.invitation import Invitation
from companies.models.membership import Membership
from companies.models.package import PlanPackage

__all__ = ["AuditEntry", "Company", "ContactPerson", "Invitation", "Membership", "PackageActivation", "PlanPackage"]
