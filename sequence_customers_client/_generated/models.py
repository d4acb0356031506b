"""The models and enums of the document. Generated: change openapi/, not this file."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any, Self

from attrs import define, field

from .._codec import BOOLEAN, STRING, TIMESTAMP, array, enum
from .._enums import OpenStrEnum
from .._model import Field, Model, part

__all__ = ["Address", "CountryCode", "Customer", "IntegrationId", "IntegrationService", "State", "TaxStatus"]


class CountryCode(OpenStrEnum):
    """CountryCode, open to values the document does not know yet."""

    AD = "AD"
    AE = "AE"
    AF = "AF"
    AG = "AG"
    AI = "AI"
    AL = "AL"
    AM = "AM"
    AO = "AO"
    AQ = "AQ"
    AR = "AR"
    AS = "AS"
    AT = "AT"
    AU = "AU"
    AW = "AW"
    AX = "AX"
    AZ = "AZ"
    BA = "BA"
    BB = "BB"
    BD = "BD"
    BE = "BE"
    BF = "BF"
    BG = "BG"
    BH = "BH"
    BI = "BI"
    BJ = "BJ"
    BL = "BL"
    BM = "BM"
    BN = "BN"
    BO = "BO"
    BQ = "BQ"
    BR = "BR"
    BS = "BS"
    BT = "BT"
    BV = "BV"
    BW = "BW"
    BY = "BY"
    BZ = "BZ"
    CA = "CA"
    CC = "CC"
    CD = "CD"
    CF = "CF"
    CG = "CG"
    CH = "CH"
    CI = "CI"
    CK = "CK"
    CL = "CL"
    CM = "CM"
    CN = "CN"
    CO = "CO"
    CR = "CR"
    CU = "CU"
    CV = "CV"
    CW = "CW"
    CX = "CX"
    CY = "CY"
    CZ = "CZ"
    DE = "DE"
    DJ = "DJ"
    DK = "DK"
    DM = "DM"
    DO = "DO"
    DZ = "DZ"
    EC = "EC"
    EE = "EE"
    EG = "EG"
    EH = "EH"
    ER = "ER"
    ES = "ES"
    ET = "ET"
    FI = "FI"
    FJ = "FJ"
    FK = "FK"
    FM = "FM"
    FO = "FO"
    FR = "FR"
    GA = "GA"
    GB = "GB"
    GD = "GD"
    GE = "GE"
    GF = "GF"
    GG = "GG"
    GH = "GH"
    GI = "GI"
    GL = "GL"
    GM = "GM"
    GN = "GN"
    GP = "GP"
    GQ = "GQ"
    GR = "GR"
    GS = "GS"
    GT = "GT"
    GU = "GU"
    GW = "GW"
    GY = "GY"
    HK = "HK"
    HM = "HM"
    HN = "HN"
    HR = "HR"
    HT = "HT"
    HU = "HU"
    ID = "ID"
    IE = "IE"
    IL = "IL"
    IM = "IM"
    IN = "IN"
    IO = "IO"
    IQ = "IQ"
    IR = "IR"
    IS = "IS"
    IT = "IT"
    JE = "JE"
    JM = "JM"
    JO = "JO"
    JP = "JP"
    KE = "KE"
    KG = "KG"
    KH = "KH"
    KI = "KI"
    KM = "KM"
    KN = "KN"
    KP = "KP"
    KR = "KR"
    KW = "KW"
    KY = "KY"
    KZ = "KZ"
    LA = "LA"
    LB = "LB"
    LC = "LC"
    LI = "LI"
    LK = "LK"
    LR = "LR"
    LS = "LS"
    LT = "LT"
    LU = "LU"
    LV = "LV"
    LY = "LY"
    MA = "MA"
    MC = "MC"
    MD = "MD"
    ME = "ME"
    MF = "MF"
    MG = "MG"
    MH = "MH"
    MK = "MK"
    ML = "ML"
    MM = "MM"
    MN = "MN"
    MO = "MO"
    MP = "MP"
    MQ = "MQ"
    MR = "MR"
    MS = "MS"
    MT = "MT"
    MU = "MU"
    MV = "MV"
    MW = "MW"
    MX = "MX"
    MY = "MY"
    MZ = "MZ"
    NA = "NA"
    NC = "NC"
    NE = "NE"
    NF = "NF"
    NG = "NG"
    NI = "NI"
    NL = "NL"
    NO = "NO"
    NP = "NP"
    NR = "NR"
    NU = "NU"
    NZ = "NZ"
    OM = "OM"
    PA = "PA"
    PE = "PE"
    PF = "PF"
    PG = "PG"
    PH = "PH"
    PK = "PK"
    PL = "PL"
    PM = "PM"
    PN = "PN"
    PR = "PR"
    PS = "PS"
    PT = "PT"
    PW = "PW"
    PY = "PY"
    QA = "QA"
    RE = "RE"
    RO = "RO"
    RS = "RS"
    RU = "RU"
    RW = "RW"
    SA = "SA"
    SB = "SB"
    SC = "SC"
    SD = "SD"
    SE = "SE"
    SG = "SG"
    SH = "SH"
    SI = "SI"
    SJ = "SJ"
    SK = "SK"
    SL = "SL"
    SM = "SM"
    SN = "SN"
    SO = "SO"
    SR = "SR"
    SS = "SS"
    ST = "ST"
    SV = "SV"
    SX = "SX"
    SY = "SY"
    SZ = "SZ"
    TC = "TC"
    TD = "TD"
    TF = "TF"
    TG = "TG"
    TH = "TH"
    TJ = "TJ"
    TK = "TK"
    TL = "TL"
    TM = "TM"
    TN = "TN"
    TO = "TO"
    TR = "TR"
    TT = "TT"
    TV = "TV"
    TW = "TW"
    TZ = "TZ"
    UA = "UA"
    UG = "UG"
    UM = "UM"
    US = "US"
    UY = "UY"
    UZ = "UZ"
    VA = "VA"
    VC = "VC"
    VE = "VE"
    VG = "VG"
    VI = "VI"
    VN = "VN"
    VU = "VU"
    WF = "WF"
    WS = "WS"
    XK = "XK"
    YE = "YE"
    YT = "YT"
    ZA = "ZA"
    ZM = "ZM"
    ZW = "ZW"


class IntegrationService(OpenStrEnum):
    """IntegrationService, open to values the document does not know yet."""

    AMAZON_REDSHIFT = "Amazon_Redshift"
    GOCARDLESS = "GoCardless"
    GOOGLE_BIGQUERY = "Google_BigQuery"
    GOOGLE_SHEETS = "Google_Sheets"
    HUBSPOT = "HubSpot"
    NETSUITE = "NetSuite"
    QUICKBOOKS_ONLINE = "QuickBooks_Online"
    SALESFORCE = "Salesforce"
    SLACK = "Slack"
    SNOWFLAKE = "Snowflake"
    STRIPE = "Stripe"
    XERO = "Xero"
    AVALARA = "Avalara"
    ANROK = "Anrok"
    ATTIO = "Attio"
    NUMERAL = "Numeral"
    RILLET = "Rillet"
    SPHERE = "Sphere"


class State(OpenStrEnum):
    """State, open to values the document does not know yet."""

    AL = "AL"
    AK = "AK"
    AZ = "AZ"
    AR = "AR"
    CA = "CA"
    CO = "CO"
    CT = "CT"
    DC = "DC"
    DE = "DE"
    FL = "FL"
    GA = "GA"
    HI = "HI"
    ID = "ID"
    IL = "IL"
    IN = "IN"
    IA = "IA"
    KS = "KS"
    KY = "KY"
    LA = "LA"
    ME = "ME"
    MD = "MD"
    MA = "MA"
    MI = "MI"
    MN = "MN"
    MS = "MS"
    MO = "MO"
    MT = "MT"
    NE = "NE"
    NV = "NV"
    NH = "NH"
    NJ = "NJ"
    NM = "NM"
    NY = "NY"
    NC = "NC"
    ND = "ND"
    OH = "OH"
    OK = "OK"
    OR = "OR"
    PA = "PA"
    RI = "RI"
    SC = "SC"
    SD = "SD"
    TN = "TN"
    TX = "TX"
    UT = "UT"
    VT = "VT"
    VA = "VA"
    WA = "WA"
    WV = "WV"
    WI = "WI"
    WY = "WY"
    AB = "AB"
    BC = "BC"
    MB = "MB"
    NB = "NB"
    NL = "NL"
    NS = "NS"
    NT = "NT"
    NU = "NU"
    ON = "ON"
    PE = "PE"
    QC = "QC"
    SK = "SK"
    YT = "YT"


class TaxStatus(OpenStrEnum):
    """TaxStatus, open to values the document does not know yet."""

    TAXED = "TAXED"
    TAX_EXEMPT = "TAX_EXEMPT"
    REVERSE_CHARGED = "REVERSE_CHARGED"


@define(kw_only=True)
class Address(Model):
    """Address"""

    line1: str
    """Address line 1"""
    town: str
    """Town or city"""
    postcode: str
    """Postal code"""
    country: CountryCode
    """Country code (ISO 3166-1 alpha-2)"""
    state: State | None = None
    """State or province (required for USA and Canada)"""
    line2: str | None = None
    """Address line 2"""

    additional_properties: dict[str, Any] = field(factory=dict)
    """What the server sent beyond the document, by key."""

    @staticmethod
    @cache
    def _fields() -> tuple[Field, ...]:
        return (
            Field("line1", "line1", STRING),
            Field("town", "town", STRING),
            Field("postcode", "postcode", STRING),
            Field("country", "country", enum(CountryCode)),
            Field("state", "state", enum(State), required=False),
            Field("line2", "line2", STRING, required=False),
        )

    @classmethod
    def _fast(cls, data: Any) -> Self:
        if cls is not Address or type(data) is not dict:
            raise TypeError
        wire: dict[str, Any] = {}
        taken = 4
        value = data["line1"]
        if type(value) is not str:
            raise TypeError
        _line1 = value

        value = data["town"]
        if type(value) is not str:
            raise TypeError
        _town = value

        value = data["postcode"]
        if type(value) is not str:
            raise TypeError
        _postcode = value

        value = data["country"]
        if type(value) is not str:
            raise TypeError
        _country = CountryCode._by_value.get(value) or CountryCode(value)

        _state = None
        if (value := data.get("state")) is not None:
            taken += 1
            if type(value) is not str:
                raise TypeError
            _state = State._by_value.get(value) or State(value)

        _line2 = None
        if (value := data.get("line2")) is not None:
            taken += 1
            if type(value) is not str:
                raise TypeError
            _line2 = value

        others = {} if len(data) == taken else cls._others(data, wire)
        self = cls.__new__(cls)
        self.line1 = _line1
        self.town = _town
        self.postcode = _postcode
        self.country = _country
        self.state = _state
        self.line2 = _line2
        self.additional_properties = others
        self._wire = wire or None
        return self


@define(kw_only=True)
class Customer(Model):
    """Customer."""

    id: str
    """Unique ID"""
    created_at: datetime.datetime
    """Created at"""
    legal_name: str
    """Legal name"""
    address: Address
    """Address"""
    email: str
    """Main contact email address"""
    integration_ids: list[IntegrationId]
    """External services which are linked to this customer"""
    billing_emails: list[str]
    """Billing email addresses"""
    tax_status: TaxStatus
    """Tax status applicable to customer. Can be one of TAXED, TAX_EXEMPT or REVERSE_CHARGED. The default is
    TAXED.
    """
    contact_name: str | None = None
    """Contact Name"""
    telephone: str | None = None
    """Telephone"""
    url: str | None = None
    """URL"""
    label: str | None = None
    """Label"""
    archived_at: datetime.datetime | None = None
    """Date and time the Customer was archived"""

    additional_properties: dict[str, Any] = field(factory=dict)
    """What the server sent beyond the document, by key."""

    @staticmethod
    @cache
    def _fields() -> tuple[Field, ...]:
        return (
            Field("id", "id", STRING),
            Field("created_at", "createdAt", TIMESTAMP),
            Field("legal_name", "legalName", STRING),
            Field("address", "address", part(Address)),
            Field("email", "email", STRING),
            Field("integration_ids", "integrationIds", array(part(IntegrationId))),
            Field("billing_emails", "billingEmails", array(STRING)),
            Field("tax_status", "taxStatus", enum(TaxStatus)),
            Field("contact_name", "contactName", STRING, required=False),
            Field("telephone", "telephone", STRING, required=False),
            Field("url", "url", STRING, required=False),
            Field("label", "label", STRING, required=False),
            Field("archived_at", "archivedAt", TIMESTAMP, required=False),
        )

    @classmethod
    def _fast(cls, data: Any) -> Self:
        if cls is not Customer or type(data) is not dict:
            raise TypeError
        wire: dict[str, Any] = {}
        taken = 8
        value = data["id"]
        if type(value) is not str:
            raise TypeError
        _id = value

        value = data["createdAt"]
        wire["createdAt"] = value
        _created_at = TIMESTAMP.decode(value)

        value = data["legalName"]
        if type(value) is not str:
            raise TypeError
        _legal_name = value

        value = data["address"]
        _address = Address._fast(value)

        value = data["email"]
        if type(value) is not str:
            raise TypeError
        _email = value

        value = data["integrationIds"]
        if type(value) is not list:
            raise TypeError
        _integration_ids = [IntegrationId._fast(item) for item in value]

        value = data["billingEmails"]
        _billing_emails = cls._fields()[6].codec.read(value, "billingEmails", wire)

        value = data["taxStatus"]
        if type(value) is not str:
            raise TypeError
        _tax_status = TaxStatus._by_value.get(value) or TaxStatus(value)

        _contact_name = None
        if (value := data.get("contactName")) is not None:
            taken += 1
            if type(value) is not str:
                raise TypeError
            _contact_name = value

        _telephone = None
        if (value := data.get("telephone")) is not None:
            taken += 1
            if type(value) is not str:
                raise TypeError
            _telephone = value

        _url = None
        if (value := data.get("url")) is not None:
            taken += 1
            if type(value) is not str:
                raise TypeError
            _url = value

        _label = None
        if (value := data.get("label")) is not None:
            taken += 1
            if type(value) is not str:
                raise TypeError
            _label = value

        _archived_at = None
        if (value := data.get("archivedAt")) is not None:
            taken += 1
            wire["archivedAt"] = value
            _archived_at = TIMESTAMP.decode(value)

        others = {} if len(data) == taken else cls._others(data, wire)
        self = cls.__new__(cls)
        self.id = _id
        self.created_at = _created_at
        self.legal_name = _legal_name
        self.address = _address
        self.email = _email
        self.integration_ids = _integration_ids
        self.billing_emails = _billing_emails
        self.tax_status = _tax_status
        self.contact_name = _contact_name
        self.telephone = _telephone
        self.url = _url
        self.label = _label
        self.archived_at = _archived_at
        self.additional_properties = others
        self._wire = wire or None
        return self


@define(kw_only=True)
class IntegrationId(Model):
    """IntegrationId."""

    service: IntegrationService
    id: str
    is_pending: bool
    last_synced: datetime.datetime | None = None

    additional_properties: dict[str, Any] = field(factory=dict)
    """What the server sent beyond the document, by key."""

    @staticmethod
    @cache
    def _fields() -> tuple[Field, ...]:
        return (
            Field("service", "service", enum(IntegrationService)),
            Field("id", "id", STRING),
            Field("is_pending", "isPending", BOOLEAN),
            Field("last_synced", "lastSynced", TIMESTAMP, required=False),
        )

    @classmethod
    def _fast(cls, data: Any) -> Self:
        if cls is not IntegrationId or type(data) is not dict:
            raise TypeError
        wire: dict[str, Any] = {}
        taken = 3
        value = data["service"]
        if type(value) is not str:
            raise TypeError
        _service = IntegrationService._by_value.get(value) or IntegrationService(value)

        value = data["id"]
        if type(value) is not str:
            raise TypeError
        _id = value

        value = data["isPending"]
        if type(value) is not bool:
            raise TypeError
        _is_pending = value

        _last_synced = None
        if (value := data.get("lastSynced")) is not None:
            taken += 1
            wire["lastSynced"] = value
            _last_synced = TIMESTAMP.decode(value)

        others = {} if len(data) == taken else cls._others(data, wire)
        self = cls.__new__(cls)
        self.service = _service
        self.id = _id
        self.is_pending = _is_pending
        self.last_synced = _last_synced
        self.additional_properties = others
        self._wire = wire or None
        return self
