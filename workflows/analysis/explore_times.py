"""Times of a walk: least is known of them, how long the walk has waited; comparing them is a decision."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NoReturn

from workflows.analysis.explore_clock import EPOCH, Clock, Reading
from workflows.analysis.explore_forks import CLOSE, OPEN, Number, by_author, refuse

_DAY = timedelta(days=1).total_seconds()
_FIELDS = {
    "year": (1, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "second": (0, 59),
}  # fmt: skip


class Span(timedelta):
    """Between two times of a walk. The toolkit reads it as the least that it may be."""

    _clock: Clock
    _ends: tuple[Reading, Reading, int]
    _offset: timedelta

    @classmethod
    def of(cls, clock: Clock, one: "Time", other: "Time") -> "Span | timedelta":
        offset, ends = one.offset - other.offset, (other.read, one.read, 1)
        if one.read == other.read:
            return offset
        if one.read < other.read:
            ends = (one.read, other.read, -1)
        made = cls(seconds=(one.read.gone - other.read.gone + offset).total_seconds())
        made._clock, made._ends, made._offset = clock, ends, offset
        return made

    def _below(self, value: timedelta, strict: bool, told: bool = True) -> bool:
        """Whether it is less than a value, or, unless `strict`, as much. `told`: so the author asks."""
        earlier, later, sign = self._ends
        number = self._clock.between(earlier, later, 1)
        bound = (value - self._offset).total_seconds() * sign
        if sign > 0:
            return number.below(bound, told) if strict else not number.beyond(bound, not told)
        return number.beyond(bound, told) if strict else not number.below(bound, not told)

    def __lt__(self, value: timedelta) -> bool:
        return self._below(value, True) if by_author() else timedelta.__lt__(self, value)

    def __le__(self, value: timedelta) -> bool:
        return self._below(value, False) if by_author() else timedelta.__le__(self, value)

    def __gt__(self, value: timedelta) -> bool:
        return not self._below(value, False, told=False) if by_author() else timedelta.__gt__(self, value)

    def __ge__(self, value: timedelta) -> bool:
        return not self._below(value, True, told=False) if by_author() else timedelta.__ge__(self, value)

    __hash__ = timedelta.__hash__

    def __eq__(self, value: object) -> bool:
        return False if by_author() else timedelta.__eq__(self, value)

    @property
    def days(self) -> Any:
        earlier, later, sign = self._ends
        if not by_author():
            return timedelta.days.__get__(self)
        if sign < 0 or self._offset:
            refuse("a time", "asks for the days of")
        return self._clock.between(earlier, later, _DAY)

    def total_seconds(self) -> Any:
        if not by_author():
            return timedelta.total_seconds(self)
        earlier, later, sign = self._ends
        if sign < 0 or self._offset:
            refuse("a time", "asks for the seconds of")
        return self._clock.between(earlier, later, 1)


class Time(datetime):
    """A time that a step told. `read` is how far the walk had come, `offset` what was added since."""

    _clock: Clock
    read: Reading
    offset: timedelta

    @classmethod
    def now_on(cls, clock: Clock) -> "Time":
        return cls.at(clock, clock.read(), timedelta(0))

    @classmethod
    def at(cls, clock: Clock, read: Reading, offset: timedelta, zone: tzinfo = UTC) -> "Time":
        moment = EPOCH + read.gone + offset
        made = cls.combine(datetime.date(moment), datetime.time(moment), zone)
        made._clock, made.read, made.offset = clock, read, offset
        return made

    def __add__(self, value: timedelta) -> "Time":
        return Time.at(self._clock, self.read, self.offset + value)

    __radd__ = __add__

    def __sub__(self, value: Any) -> Any:
        if isinstance(value, timedelta):
            return self + -value
        if isinstance(value, Time):
            return Span.of(self._clock, self, value)
        return refuse("a time", "takes a date of its own from")

    def _below(self, value: datetime, strict: bool, told: bool = True) -> bool:
        if isinstance(value, Time):
            span = Span.of(self._clock, self, value)
            if isinstance(span, Span):
                return span._below(timedelta(0), strict, told)
            return span < timedelta(0) or (not strict and not span)
        # Where a date lies that the walk knows nothing of: `bound` seconds after its start, once decided.
        bound = (self.read.gone + self.offset).total_seconds()
        made = self._clock.number(("date", value), lambda: Number(self._clock.oracle, "a date", whole=False))
        return made.beyond(bound, told) if strict else not made.below(bound, not told)

    def __lt__(self, value: Any) -> bool:
        return self._below(value, True) if by_author() else datetime.__lt__(self, value)

    def __le__(self, value: Any) -> bool:
        return self._below(value, False) if by_author() else datetime.__le__(self, value)

    def __gt__(self, value: Any) -> bool:
        return not self._below(value, False, told=False) if by_author() else datetime.__gt__(self, value)

    def __ge__(self, value: Any) -> bool:
        return not self._below(value, True, told=False) if by_author() else datetime.__ge__(self, value)

    __hash__ = datetime.__hash__

    def __eq__(self, value: object) -> bool:
        return datetime.__eq__(self, value)

    def _part(self, name: str, low: int, high: int) -> Number:
        key = ("part", name, self.read, self.offset)
        return self._clock.number(key, lambda: Number(self._clock.oracle, f"a {name}", low, high))

    def weekday(self) -> Any:
        return self._part("weekday", 0, 6)

    def isoweekday(self) -> Any:
        return self._part("ISO weekday", 1, 7)

    def date(self) -> Any:
        return self._part("date", date.min.toordinal(), date.max.toordinal())

    def astimezone(self, _zone: tzinfo | None = None) -> Any:
        return self

    def isoformat(self, *_: Any, **__: Any) -> str:
        return f"{OPEN}a time{CLOSE}" if by_author() else datetime.isoformat(self)

    def __str__(self) -> str:
        return f"{OPEN}a time{CLOSE}"

    def __format__(self, _spec: str) -> str:
        return str(self)

    def strftime(self, _format: str) -> str:
        return str(self)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        refuse("a time", "converts or changes")

    replace = timestamp = timetuple = toordinal = ctime = _refuse


def _field(name: str, low: int, high: int) -> property:
    return property(lambda time: time._part(name, low, high))


for _name, _bounds in _FIELDS.items():
    setattr(Time, _name, _field(_name, *_bounds))
