"""What can be asked of companies and contacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyValues:
    """A company as its form holds it."""

    name: str
    category_id: int | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    address: str | None = None
    note: str = ""
    external_id: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactValues:
    """A contact as his form holds it; without a company he is on his own (OK-148)."""

    name: str
    company_id: int | None = None
    email: str | None = None
    phone: str | None = None
    position: str | None = None
    timezone: str = "UTC"
    language: str = "en"
    external_id: str | None = None
    created_at: datetime | None = None


CreateCompany = UpdateCompany = CompanyValues
CreateContact = UpdateContact = ContactValues
