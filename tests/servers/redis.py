"""Redis: one server, nothing kept on disk."""

from tests.servers.server import Server, installed


class Redis(Server):
    name = "redis"

    def prepare(self) -> None:
        self.home = installed("redis")
        self.url = f"redis://127.0.0.1:{self.ports[0]}/0"

    def command(self) -> list[str]:
        return [str(self.home / "redis-server"), "--port", str(self.ports[0]), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no"]  # fmt: skip
