"""How people and firms are called, and where they can be reached: made of their ids.

For simulators, which show contacts; nothing is counted by it. Numbers and addresses lead nowhere.
"""

from typing import NamedTuple

_FIRST = (
    *("Алексей", "Дмитрий", "Иван", "Михаил", "Никита", "Павел", "Роман", "Сергей"),
    *("Анастасия", "Дарья", "Елена", "Ирина", "Мария", "Наталья", "Ольга", "Юлия"),
)
_LAST = (
    *("Иваненко", "Черных", "Коваленко", "Долгих", "Шевченко", "Сидоренко", "Белых", "Кравец"),
    *("Мельник", "Седых", "Ткач", "Бондарь", "Гончар", "Лысенко", "Мороз", "Козак", "Вербицких"),
)
_FIRMS = ("Альфа", "Вектор", "Гранит", "Заря", "Каскад", "Маяк", "Орион", "Парус", "Рубин", "Север", "Уют")
_KINDS = ("Строй", "Отель", "Проект", "Кафе", "Сервис")


class Person(NamedTuple):
    """A contact's particulars."""

    first: str
    last: str
    phone: str
    email: str


def person(contact: int) -> Person:
    """Who a contact is."""
    first, last = _FIRST[contact % len(_FIRST)], _LAST[contact // 7 % len(_LAST)]
    return Person(first, last, f"+7900{contact % 10**7:07}", f"contact{contact}@mail.example")


def firm(company: int) -> str:
    """What a company is called."""
    name, kind = _FIRMS[company % len(_FIRMS)], _KINDS[company // 11 % len(_KINDS)]
    return f"ООО «{name}-{kind} {company % 997}»"
