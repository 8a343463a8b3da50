"""Numbers handed out one by one."""

from django.db import connection, models


class Counter(models.Model):
    """Numbers handed out one by one. ``transitions``: taken as a transaction's last statement, so that its row lock
    makes the order of the numbers the order of the commits, and a reader that asks for all above the last one it saw
    misses none. ``rules``: raised with every change of a rule or issue, so that workers know when to load them."""

    name = models.CharField(max_length=30, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"

    @classmethod
    def take(cls, name: str, count: int = 1) -> int:
        """Raise by ``count`` and give the first of the numbers taken. To be called in a transaction."""
        raised = (
            f"INSERT INTO {cls._meta.db_table} (name, value) VALUES (%s, %s)"  # noqa: S608 - our own table's name
            f" ON CONFLICT (name) DO UPDATE SET value = {cls._meta.db_table}.value + excluded.value"
        )
        with connection.cursor() as cursor:
            cursor.execute(raised, [name, count])
        last: int = cls.objects.values_list("value", flat=True).get(name=name)
        return last - count + 1

    @classmethod
    def current(cls, name: str) -> int:
        return cls.objects.filter(name=name).values_list("value", flat=True).first() or 0
