"""The models of `customers` alone. Generated: change openapi/, not this file."""

from __future__ import annotations

import datetime
from typing import Any

from attrs import define, field

from ..._models.base import Field, Model, publish
from ..._models.codec import BOOLEAN, STRING, TIMESTAMP, Codec, array, enum
from ..._models.open_strings import Known, OpenString


class CountryCode(OpenString):
    """CountryCode, open to values the document does not know yet."""

    AD = Known("AD")
    AE = Known("AE")
    AF = Known("AF")
    AG = Known("AG")
    AI = Known("AI")
    AL = Known("AL")
    AM = Known("AM")
    AO = Known("AO")
    AQ = Known("AQ")
    AR = Known("AR")
    AS = Known("AS")
    AT = Known("AT")
    AU = Known("AU")
    AW = Known("AW")
    AX = Known("AX")
    AZ = Known("AZ")
    BA = Known("BA")
    BB = Known("BB")
    BD = Known("BD")
    BE = Known("BE")
    BF = Known("BF")
    BG = Known("BG")
    BH = Known("BH")
    BI = Known("BI")
    BJ = Known("BJ")
    BL = Known("BL")
    BM = Known("BM")
    BN = Known("BN")
    BO = Known("BO")
    BQ = Known("BQ")
    BR = Known("BR")
    BS = Known("BS")
    BT = Known("BT")
    BV = Known("BV")
    BW = Known("BW")
    BY = Known("BY")
    BZ = Known("BZ")
    CA = Known("CA")
    CC = Known("CC")
    CD = Known("CD")
    CF = Known("CF")
    CG = Known("CG")
    CH = Known("CH")
    CI = Known("CI")
    CK = Known("CK")
    CL = Known("CL")
    CM = Known("CM")
    CN = Known("CN")
    CO = Known("CO")
    CR = Known("CR")
    CU = Known("CU")
    CV = Known("CV")
    CW = Known("CW")
    CX = Known("CX")
    CY = Known("CY")
    CZ = Known("CZ")
    DE = Known("DE")
    DJ = Known("DJ")
    DK = Known("DK")
    DM = Known("DM")
    DO = Known("DO")
    DZ = Known("DZ")
    EC = Known("EC")
    EE = Known("EE")
    EG = Known("EG")
    EH = Known("EH")
    ER = Known("ER")
    ES = Known("ES")
    ET = Known("ET")
    FI = Known("FI")
    FJ = Known("FJ")
    FK = Known("FK")
    FM = Known("FM")
    FO = Known("FO")
    FR = Known("FR")
    GA = Known("GA")
    GB = Known("GB")
    GD = Known("GD")
    GE = Known("GE")
    GF = Known("GF")
    GG = Known("GG")
    GH = Known("GH")
    GI = Known("GI")
    GL = Known("GL")
    GM = Known("GM")
    GN = Known("GN")
    GP = Known("GP")
    GQ = Known("GQ")
    GR = Known("GR")
    GS = Known("GS")
    GT = Known("GT")
    GU = Known("GU")
    GW = Known("GW")
    GY = Known("GY")
    HK = Known("HK")
    HM = Known("HM")
    HN = Known("HN")
    HR = Known("HR")
    HT = Known("HT")
    HU = Known("HU")
    ID = Known("ID")
    IE = Known("IE")
    IL = Known("IL")
    IM = Known("IM")
    IN = Known("IN")
    IO = Known("IO")
    IQ = Known("IQ")
    IR = Known("IR")
    IS = Known("IS")
    IT = Known("IT")
    JE = Known("JE")
    JM = Known("JM")
    JO = Known("JO")
    JP = Known("JP")
    KE = Known("KE")
    KG = Known("KG")
    KH = Known("KH")
    KI = Known("KI")
    KM = Known("KM")
    KN = Known("KN")
    KP = Known("KP")
    KR = Known("KR")
    KW = Known("KW")
    KY = Known("KY")
    KZ = Known("KZ")
    LA = Known("LA")
    LB = Known("LB")
    LC = Known("LC")
    LI = Known("LI")
    LK = Known("LK")
    LR = Known("LR")
    LS = Known("LS")
    LT = Known("LT")
    LU = Known("LU")
    LV = Known("LV")
    LY = Known("LY")
    MA = Known("MA")
    MC = Known("MC")
    MD = Known("MD")
    ME = Known("ME")
    MF = Known("MF")
    MG = Known("MG")
    MH = Known("MH")
    MK = Known("MK")
    ML = Known("ML")
    MM = Known("MM")
    MN = Known("MN")
    MO = Known("MO")
    MP = Known("MP")
    MQ = Known("MQ")
    MR = Known("MR")
    MS = Known("MS")
    MT = Known("MT")
    MU = Known("MU")
    MV = Known("MV")
    MW = Known("MW")
    MX = Known("MX")
    MY = Known("MY")
    MZ = Known("MZ")
    NA = Known("NA")
    NC = Known("NC")
    NE = Known("NE")
    NF = Known("NF")
    NG = Known("NG")
    NI = Known("NI")
    NL = Known("NL")
    NO = Known("NO")
    NP = Known("NP")
    NR = Known("NR")
    NU = Known("NU")
    NZ = Known("NZ")
    OM = Known("OM")
    PA = Known("PA")
    PE = Known("PE")
    PF = Known("PF")
    PG = Known("PG")
    PH = Known("PH")
    PK = Known("PK")
    PL = Known("PL")
    PM = Known("PM")
    PN = Known("PN")
    PR = Known("PR")
    PS = Known("PS")
    PT = Known("PT")
    PW = Known("PW")
    PY = Known("PY")
    QA = Known("QA")
    RE = Known("RE")
    RO = Known("RO")
    RS = Known("RS")
    RU = Known("RU")
    RW = Known("RW")
    SA = Known("SA")
    SB = Known("SB")
    SC = Known("SC")
    SD = Known("SD")
    SE = Known("SE")
    SG = Known("SG")
    SH = Known("SH")
    SI = Known("SI")
    SJ = Known("SJ")
    SK = Known("SK")
    SL = Known("SL")
    SM = Known("SM")
    SN = Known("SN")
    SO = Known("SO")
    SR = Known("SR")
    SS = Known("SS")
    ST = Known("ST")
    SV = Known("SV")
    SX = Known("SX")
    SY = Known("SY")
    SZ = Known("SZ")
    TC = Known("TC")
    TD = Known("TD")
    TF = Known("TF")
    TG = Known("TG")
    TH = Known("TH")
    TJ = Known("TJ")
    TK = Known("TK")
    TL = Known("TL")
    TM = Known("TM")
    TN = Known("TN")
    TO = Known("TO")
    TR = Known("TR")
    TT = Known("TT")
    TV = Known("TV")
    TW = Known("TW")
    TZ = Known("TZ")
    UA = Known("UA")
    UG = Known("UG")
    UM = Known("UM")
    US = Known("US")
    UY = Known("UY")
    UZ = Known("UZ")
    VA = Known("VA")
    VC = Known("VC")
    VE = Known("VE")
    VG = Known("VG")
    VI = Known("VI")
    VN = Known("VN")
    VU = Known("VU")
    WF = Known("WF")
    WS = Known("WS")
    XK = Known("XK")
    YE = Known("YE")
    YT = Known("YT")
    ZA = Known("ZA")
    ZM = Known("ZM")
    ZW = Known("ZW")


class IntegrationService(OpenString):
    """IntegrationService, open to values the document does not know yet."""

    AMAZON_REDSHIFT = Known("Amazon_Redshift")
    GOCARDLESS = Known("GoCardless")
    GOOGLE_BIGQUERY = Known("Google_BigQuery")
    GOOGLE_SHEETS = Known("Google_Sheets")
    HUBSPOT = Known("HubSpot")
    NETSUITE = Known("NetSuite")
    QUICKBOOKS_ONLINE = Known("QuickBooks_Online")
    SALESFORCE = Known("Salesforce")
    SLACK = Known("Slack")
    SNOWFLAKE = Known("Snowflake")
    STRIPE = Known("Stripe")
    XERO = Known("Xero")
    AVALARA = Known("Avalara")
    ANROK = Known("Anrok")
    ATTIO = Known("Attio")
    NUMERAL = Known("Numeral")
    RILLET = Known("Rillet")
    SPHERE = Known("Sphere")


class State(OpenString):
    """State, open to values the document does not know yet."""

    AL = Known("AL")
    AK = Known("AK")
    AZ = Known("AZ")
    AR = Known("AR")
    CA = Known("CA")
    CO = Known("CO")
    CT = Known("CT")
    DC = Known("DC")
    DE = Known("DE")
    FL = Known("FL")
    GA = Known("GA")
    HI = Known("HI")
    ID = Known("ID")
    IL = Known("IL")
    IN = Known("IN")
    IA = Known("IA")
    KS = Known("KS")
    KY = Known("KY")
    LA = Known("LA")
    ME = Known("ME")
    MD = Known("MD")
    MA = Known("MA")
    MI = Known("MI")
    MN = Known("MN")
    MS = Known("MS")
    MO = Known("MO")
    MT = Known("MT")
    NE = Known("NE")
    NV = Known("NV")
    NH = Known("NH")
    NJ = Known("NJ")
    NM = Known("NM")
    NY = Known("NY")
    NC = Known("NC")
    ND = Known("ND")
    OH = Known("OH")
    OK = Known("OK")
    OR = Known("OR")
    PA = Known("PA")
    RI = Known("RI")
    SC = Known("SC")
    SD = Known("SD")
    TN = Known("TN")
    TX = Known("TX")
    UT = Known("UT")
    VT = Known("VT")
    VA = Known("VA")
    WA = Known("WA")
    WV = Known("WV")
    WI = Known("WI")
    WY = Known("WY")
    AB = Known("AB")
    BC = Known("BC")
    MB = Known("MB")
    NB = Known("NB")
    NL = Known("NL")
    NS = Known("NS")
    NT = Known("NT")
    NU = Known("NU")
    ON = Known("ON")
    PE = Known("PE")
    QC = Known("QC")
    SK = Known("SK")
    YT = Known("YT")


class TaxStatus(OpenString):
    """TaxStatus, open to values the document does not know yet."""

    TAXED = Known("TAXED")
    TAX_EXEMPT = Known("TAX_EXEMPT")
    REVERSE_CHARGED = Known("REVERSE_CHARGED")


@define(kw_only=True, getstate_setstate=False)
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
    def _fields() -> tuple[Field, ...]:
        return (
            Field("line1", "line1", STRING, description="Address line 1"),
            Field("town", "town", STRING, description="Town or city"),
            Field("postcode", "postcode", STRING, description="Postal code"),
            Field("country", "country", enum(CountryCode), description="Country code (ISO 3166-1 alpha-2)"),
            Field(
                "state",
                "state",
                enum(State),
                required=False,
                description="State or province (required for USA and Canada)",
            ),
            Field("line2", "line2", STRING, required=False, description="Address line 2"),
        )


@define(kw_only=True, getstate_setstate=False)
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
    def _fields() -> tuple[Field, ...]:
        return (
            Field("id", "id", STRING, description="Unique ID"),
            Field("created_at", "createdAt", TIMESTAMP, description="Created at"),
            Field("legal_name", "legalName", STRING, description="Legal name"),
            Field("address", "address", Codec(Address._read), description="Address"),
            Field("email", "email", STRING, description="Main contact email address"),
            Field(
                "integration_ids",
                "integrationIds",
                array(Codec(IntegrationId._read)),
                description="External services which are linked to this customer",
            ),
            Field("billing_emails", "billingEmails", array(STRING), description="Billing email addresses"),
            Field(
                "tax_status",
                "taxStatus",
                enum(TaxStatus),
                description="Tax status applicable to customer. Can be one of TAXED, TAX_EXEMPT or REVERSE_CHARGED. The default is TAXED.",
            ),
            Field("contact_name", "contactName", STRING, required=False, description="Contact Name"),
            Field("telephone", "telephone", STRING, required=False, description="Telephone"),
            Field("url", "url", STRING, required=False, description="URL"),
            Field("label", "label", STRING, required=False, description="Label"),
            Field(
                "archived_at",
                "archivedAt",
                TIMESTAMP,
                required=False,
                description="Date and time the Customer was archived",
            ),
        )


@define(kw_only=True, getstate_setstate=False)
class IntegrationId(Model):
    """IntegrationId."""

    service: IntegrationService
    id: str
    is_pending: bool
    last_synced: datetime.datetime | None = None

    additional_properties: dict[str, Any] = field(factory=dict)
    """What the server sent beyond the document, by key."""

    @staticmethod
    def _fields() -> tuple[Field, ...]:
        return (
            Field("service", "service", enum(IntegrationService)),
            Field("id", "id", STRING),
            Field("is_pending", "isPending", BOOLEAN),
            Field("last_synced", "lastSynced", TIMESTAMP, required=False),
        )


publish(__name__)
