"""The currencies of ISO 4217, by their codes.

List one of the standard as of January 2026, without its codes for tests (XTS) and for no
currency (XXX); and currencies withdrawn in the last years, in which the money of older
days is stated.
"""

from difflib import get_close_matches

_IN_USE = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
ZWG
"""
_FUNDS_AND_METALS = """
BOV CHE CHW CLF COU MXV USN UYI UYW XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XUA
"""
_WITHDRAWN = "ANG BGN BYR CUC EEK HRK LTL LVL MRO SLL STD VEF ZMK ZWL"

CURRENCIES = frozenset(f"{_IN_USE} {_FUNDS_AND_METALS} {_WITHDRAWN}".split())


def nearest_currency(text: str) -> str | None:
    """The code that was probably meant: one of the same country, whose letters come first."""
    text = text.strip().upper()
    codes = _IN_USE.split()
    same_country = [code for code in codes if code[:2] == text[:2]]
    return next(iter([*same_country, *get_close_matches(text, codes, n=1)]), None)
