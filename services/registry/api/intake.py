"""Wire shapes become domain values; findings name the place by JSON Pointer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.kit.keyed_hash import normalise_identifier
from services.kit.periods import PartialDate, Period
from services.registry.contract.nationalities import NewNationality
from services.registry.contract.parts import (
    AddressShape,
    BirthShape,
    ContactShape,
    NameShape,
    NewAddress,
    NewIdentifier,
    NewLegalStatus,
    NewPermit,
)
from services.registry.contract.persons import Amendable, NewPerson
from services.registry.contract.provenance import ProvenanceShape
from services.registry.domain.births import UNKNOWN, check_birth, from_parts, read_birth
from services.registry.domain.contacts import Contact, read_contact
from services.registry.domain.findings import Findings
from services.registry.domain.names import Name, read_name
from services.registry.domain.papers import (
    Address,
    Fields,
    Identifier,
    LegalStatus,
    Permit,
    read_address,
    read_identifier,
    read_period,
    read_permit,
    read_status,
)
from services.registry.domain.persons import Core, Intake, Nationality, check_consistency, with_permit_numbers
from services.registry.domain.provenance import UNSTATED, Provenance, read_provenance
from services.registry.domain.reference import Reference
from services.registry.store.rows import contact_document, name_document


class Reader:
    """Reads the bodies of one request.

    Args:
        reference: Code lists and dated rules.
        today: Civil date of the request.

    Attributes:
        found: What there is to say about them.
        unconfirmed: Nationalities that are easily taken for another one, and that nobody confirmed.
        told: Where the values come from, once `provenance` has read it.
    """

    def __init__(self, reference: Reference, today: date) -> None:
        self._reference, self._today = reference, today
        self.found = Findings()
        self.unconfirmed: frozenset[str] = frozenset()
        self.told = UNSTATED

    def person(self, body: NewPerson) -> Intake:
        """Read a person to register; look at `found` before it is used."""
        core, nationalities = self.core(body)
        identifiers = [self.identifier(shape, f"/identifiers/{place}") for place, shape in enumerate(body.identifiers)]
        self._refuse_repeated(
            "/identifiers", [one and (one.system, one.value_norm, one.issuer_norm) for one in identifiers]
        )
        permits = [self.permit(shape, f"/permits/{place}") for place, shape in enumerate(body.permits)]
        status = self.status(body.legal_status, "/legal_status") if body.legal_status else None
        address = self.address(body.address, "/address") if body.address else None
        intake = Intake(
            core=core,
            nationalities=nationalities,
            identifiers=with_permit_numbers((one for one in identifiers if one), (one for one in permits if one)),
            permits=tuple(permit for permit in permits if permit),
            legal_statuses=(status,) if status else (),
            address=address,
            unconfirmed=self.unconfirmed,
        )
        starts = [(f"/permits/{place}/valid_from", permit.valid_from) for place, permit in enumerate(body.permits)]
        if body.legal_status:
            starts.append(("/legal_status/valid_from", body.legal_status.valid_from))
        check_consistency(self.found, intake, starts=starts)
        self._refuse_overlaps(permits)
        return intake

    def core(self, body: Amendable, settled: Collection[str] = ()) -> tuple[Core, tuple[str, ...]]:
        """Read what PATCH can change: the person herself, and her nationalities.

        Args:
            body: All of it.
            settled: Nationalities that she has already: whether they are meant was asked then.
        """
        names = [self._name(shape, f"/names/{place}") for place, shape in enumerate(body.names)]
        codes = [
            self.found.take(f"/nationalities/{place}", self._reference.nationalities.resolve, written)
            for place, written in enumerate(body.nationalities)
        ]
        self._refuse_repeated("/nationalities", codes)
        self._ask_whether_meant("/nationalities", codes, settled, confirmed=body.nationalities_confirmed)
        languages = [
            self.found.take(f"/languages/{place}", self._reference.language, code)
            for place, code in enumerate(body.languages)
        ]
        level = body.school_level
        contacts = tuple(self.contact(shape, f"/contacts/{place}") for place, shape in enumerate(body.contacts))
        if body.deceased_on is not None and body.deceased_on > self._today:
            self.found.refuse("/deceased_on", "date-in-future")
        core = Core(
            names=tuple(name for name in names if name),
            sex=body.sex,
            birth=self._birth(body.birth) or UNKNOWN,
            birth_declared_as=body.birth.declared_as if body.birth else None,
            birth_source=body.birth.source if body.birth else None,
            birth_place=body.birth_place,
            mother_name=body.mother_name,
            father_name=body.father_name,
            languages=tuple(dict.fromkeys(code for code in languages if code)),
            school_level=self.found.take("/school_level", self._reference.school_level, level) if level else None,
            contacts=contacts,
            deceased_on=body.deceased_on,
        )
        return core, tuple(code for code in codes if code)

    def identifier(self, body: NewIdentifier, at: str) -> Identifier | None:
        """Read an identifier; `at` is the pointer to it."""
        fields = Fields(f"{at}/system", f"{at}/value", f"{at}/issued_on", f"{at}/expires_on")
        norm = normalise_identifier(body.value)
        parts = (body.system, body.value, norm, body.issuer, body.issued_on, body.expires_on)
        return read_identifier(self.found, fields, *parts, reference=self._reference)

    def permit(self, body: NewPermit, at: str) -> Permit | None:
        """Read a residence title; `at` is the pointer to it."""
        fields = Fields(f"{at}/type", f"{at}/number", f"{at}/valid_from", f"{at}/valid_to")
        norm = normalise_identifier(body.number or "")
        parts = (body.type, body.number, norm, body.valid_from, body.valid_to)
        rules: Mapping[str, Any] = {"reference": self._reference, "today": self._today}
        return read_permit(self.found, fields, *parts, mention=body.mention, **rules)

    def status(self, body: NewLegalStatus, at: str) -> LegalStatus | None:
        """Read a legal status; `at` is the pointer to it."""
        fields = Fields(f"{at}/code", f"{at}/code", f"{at}/valid_from", f"{at}/valid_to")
        return read_status(
            self.found,
            fields,
            body.code,
            body.valid_from,
            body.valid_to,
            reference=self._reference,
            today=self._today,
        )

    def address(self, body: AddressShape, at: str, period: Period | None = None) -> Address | None:
        """Read an address; `at` is the pointer to it. One to add holds from today, unless it says otherwise."""
        fields = Fields(f"{at}/region", f"{at}/unit", at, at)
        if isinstance(body, NewAddress):
            start = body.valid_from or (self._today if body.valid_to is None else None)
            period = read_period(self.found, f"{at}/valid_to", start, body.valid_to)
        dated = () if period is None else (period,)
        parts = (body.region, body.unit, body.commune, body.line, *dated)
        address = read_address(
            self.found, fields, *parts, scheme=body.scheme, scheme_at=f"{at}/scheme", reference=self._reference
        )
        if address is None and not self.found.refused:
            self.found.refuse(at, "address-empty")
        return address

    def _name(self, shape: NameShape, at: str) -> Name | None:
        options: Mapping[str, Any] = {"script": shape.script, "order_known": shape.order_known}
        return self.found.take(at, read_name, shape.kind, shape.family, shape.given, shape.as_written, **options)

    def _birth(self, shape: BirthShape | None) -> PartialDate | None:
        if shape is None:
            return None
        parts = (shape.year, shape.month, shape.day, shape.precision, shape.circa_plus_minus)
        if shape.declared_as and not any(part is not None for part in parts):
            return self.found.take("/birth/declared_as", read_birth, shape.declared_as, today=self._today)
        birth = self.found.take("/birth", from_parts, *parts)
        return birth and self.found.take("/birth", check_birth, birth, today=self._today)

    def contact(self, body: ContactShape, at: str) -> Contact:
        """Read a contact; `at` is the pointer to it."""
        safety = (body.safe_to_call, body.safe_to_text, body.safe_hours)
        language = body.language and self.found.take(f"{at}/language", self._reference.language, body.language)
        return read_contact(
            self.found, f"{at}/value", body.kind, body.value, *safety, language=language, code_word=body.code_word
        )

    def nationality(self, body: NewNationality, at: str) -> Nationality | None:
        """Read a nationality to add; `at` is the pointer to it."""
        code = self.found.take(f"{at}/code", self._reference.nationalities.resolve, body.code)
        valid = read_period(self.found, f"{at}/valid_to", body.valid_from, body.valid_to)
        if code is None or valid is None:
            return None
        self._ask_whether_meant(at, [code], (), confirmed=body.confirmed, one=True)
        return Nationality(code, valid, confirmed=code not in self.unconfirmed)

    def provenance(self, body: ProvenanceShape | None, at: str = "/provenance") -> Provenance:
        """Read where what is sent comes from; `at` is the pointer to it."""
        if body is not None:
            parts = (body.source, body.method, body.verified_by, body.verified_on)
            self.told = self.found.take(at, read_provenance, *parts, today=self._today) or UNSTATED
        return self.told

    def _ask_whether_meant(
        self, at: str, codes: Sequence[str | None], settled: Collection[str], *, confirmed: bool, one: bool = False
    ) -> None:
        """Warn of new nationalities that are easily taken for another one, unless they are confirmed."""
        doubtful = [code for code in codes if code in self._reference.confusable and code not in settled]
        if confirmed or not doubtful:
            return
        self.unconfirmed = frozenset(code for code in doubtful if code)
        for place, code in enumerate(codes):
            if code in doubtful:
                self.found.warn(f"{at}/code" if one else f"{at}/{place}", "nationality-confusable")

    def _refuse_repeated(self, at: str, items: Sequence[object]) -> None:
        for place, item in enumerate(items):
            if item and item in items[:place]:
                self.found.refuse(f"{at}/{place}", "repeated-item")

    def _refuse_overlaps(self, permits: Sequence[Permit | None]) -> None:
        for place, permit in enumerate(permits):
            if permit and any(
                other
                and (other.type, other.number_norm) == (permit.type, permit.number_norm)
                and other.valid.overlaps(permit.valid)
                for other in permits[:place]
            ):
                self.found.refuse(f"/permits/{place}/valid_from", "period-overlap")


def contact_sent(contact: Contact) -> dict[str, Any]:
    """Return a contact as it is sent: without what the register tells of it."""
    return {name: value for name, value in contact_document(contact).items() if name not in {"id", "normalised"}}


def amendable_document(core: Core, nationalities: Sequence[str]) -> dict[str, Any]:
    """Return what PATCH can change, as the JSON that a merge patch is laid over."""
    birth = core.birth
    return {
        "names": [name_document(name) for name in core.names],
        "sex": core.sex.value,
        "birth": {
            "year": birth.year,
            "month": birth.month,
            "day": birth.day,
            "precision": birth.precision.value,
            "circa_plus_minus": birth.circa_plus_minus,
            "declared_as": core.birth_declared_as,
            "source": core.birth_source.value if core.birth_source else None,
        },
        "birth_place": core.birth_place,
        "nationalities": list(nationalities),
        "mother_name": core.mother_name,
        "father_name": core.father_name,
        "languages": list(core.languages),
        "school_level": core.school_level,
        "contacts": [contact_sent(contact) for contact in core.contacts],
        "deceased_on": core.deceased_on.isoformat() if core.deceased_on else None,
    }
