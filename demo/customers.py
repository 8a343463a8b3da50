"""What the six services do for one customer, and how each of them fails while its incident is on."""

import contextlib
import random
import uuid
from collections.abc import Callable

from opentelemetry.trace import SpanKind

from demo.clock import SECOND, Clock
from demo.exports import Exports
from demo.incidents import Incidents
from demo.service import Failure, Service

VERSIONS = {
    "frontend": "3.14.0",
    "catalog": "2.3.1",
    "checkout": "1.8.2",
    "payment": "4.0.7",
    "inventory": "1.2.9",
    "shipping": "0.9.4",
}
PRODUCTS = {
    "sku-1001": ("walnut desk", 349.0),
    "sku-1002": ("reading lamp", 59.9),
    "sku-1003": ("office chair", 219.0),
    "sku-1004": ("monitor arm", 89.5),
    "sku-1005": ("cable box", 24.9),
    "sku-1006": ("desk mat", 34.0),
}
MAIL = ("jane.doe@example.com", "sam@example.org", "li.wei@example.net", "m.rossi@example.com")

Step = Callable[[str, str], None]  # user, product


class Shop:
    def __init__(self, exports: Exports, incidents: Incidents, dice: random.Random, clock: Clock) -> None:
        self.incidents, self.dice, self.clock = incidents, dice, clock
        services = {name: Service(name, version, exports, clock) for name, version in VERSIONS.items()}
        self.services = tuple(services.values())
        self.frontend, self.catalog, self.checkout = self.services[:3]
        self.payment, self.inventory, self.shipping = self.services[3:]

    def close(self) -> None:
        for service in self.services:
            service.close()

    def work(self, milliseconds: float) -> None:
        """Take about this long; now and then much longer, as work does."""
        self.clock.work(self.dice.lognormvariate(0, 0.5) * milliseconds / 1000)

    # --- what a customer does ---------------------------------------------------------------------------------------
    def visit(self) -> None:
        user, product = f"u-{self.dice.randint(1000, 1400)}", self.dice.choice(list(PRODUCTS))
        if "AUTH_FAILURE" in self.incidents and self.dice.random() < 0.6:
            self.request("POST", "/login", self.sign_in, user, product)
            return
        [(route, step)] = self.dice.choices(
            [("/product", self.look), ("/checkout", self.order), ("/login", self.sign_in)], weights=[60, 30, 10]
        )
        self.request("GET" if route == "/product" else "POST", route, step, user, product)

    def request(self, method: str, route: str, step: Step, user: str, product: str) -> None:
        began, code = self.clock.now(), 200
        attributes = {"http.request.method": method, "http.route": route, "user_id": user}
        answering = self.frontend.answering(f"{method} {route}", SpanKind.SERVER, **attributes)
        # a failure has been told to everyone by then; the customer sees an error page
        with contextlib.suppress(Failure), answering:
            try:
                self.work(4)
                step(user, product)
            except PermissionError:
                code = 401
            except Failure:
                code = 500
                raise
            finally:
                self.access_log(method, route, code, user, (self.clock.now() - began) / SECOND)

    def access_log(self, method: str, route: str, code: int, user: str, seconds: float) -> None:
        log = self.frontend.log.error if code >= 500 else self.frontend.log.info
        log(
            f"{method} {route} {code} in {seconds * 1000:.0f} ms",
            extra={
                "action": f"{method} {route}",
                "status": "failure" if code >= 400 else "success",
                "user_id": user,
                "request_id": str(uuid.UUID(int=self.dice.getrandbits(128), version=4)),
                "http.response.status_code": code,
                "duration_ms": round(seconds * 1000, 1),
            },
        )

    def sign_in(self, user: str, product: str) -> None:
        if "AUTH_FAILURE" in self.incidents and self.dice.random() < 0.9:
            address = f"203.0.113.{self.dice.randint(1, 9)}"
            self.frontend.log.warning(
                f"authentication failed for user {user} from {address}: invalid password",
                extra={"action": "login", "status": "failure", "user_id": user, "client.address": address},
            )
            raise PermissionError
        self.frontend.log.info("signed in", extra={"action": "login", "status": "success", "user_id": user})

    def look(self, user: str, product: str) -> None:
        self.price(user, product)

    def order(self, user: str, product: str) -> None:
        order = f"o-{self.dice.randint(100000, 999999)}"
        with self.checkout.answering("place order", SpanKind.SERVER, order_id=order, product_id=product):
            total = self.price(user, product) * self.dice.randint(1, 3)
            self.reserve(product)
            self.charge(user, order, total)
            self.ship(order)
            self.work(8)
            self.checkout.log.info(
                f"order {order} placed, receipt sent to {self.dice.choice(MAIL)}",
                extra={
                    "action": "place_order",
                    "status": "success",
                    "user_id": user,
                    "product_id": product,
                    "order_id": order,
                    "order_total": round(total, 2),
                },
            )

    # --- what the services behind it do -----------------------------------------------------------------------------
    def price(self, user: str, product: str) -> float:
        name, price = PRODUCTS[product]
        with self.catalog.answering("get product", SpanKind.SERVER, product_id=product):
            with self.catalog.answering("SELECT products", SpanKind.CLIENT, **{"db.system.name": "postgresql"}):
                self.work(1800 if "SLOW_REQUEST" in self.incidents else 6)
            if "PRICE_MISSING" in self.incidents and self.dice.random() < 0.5:
                message = f"Product price is null or missing for {product}"
                self.catalog.log.error(
                    message,
                    extra={
                        "error_code": "PRICE_MISSING",
                        "action": "get_product",
                        "status": "failure",
                        "user_id": user,
                        "product_id": product,
                    },
                )
                raise Failure(message)
            self.catalog.log.debug(f"{name} costs {price:.2f}", extra={"action": "get_product", "product_id": product})
            return price

    def reserve(self, product: str) -> None:
        with self.inventory.answering("reserve", SpanKind.SERVER, product_id=product):
            with self.inventory.answering("UPDATE stock", SpanKind.CLIENT, **{"db.system.name": "postgresql"}):
                self.work(5)
                if "CONNECTION_REFUSED" in self.incidents and self.dice.random() < 0.7:
                    message = "could not connect to server: connection refused (10.0.4.17:5432)"
                    self.inventory.log.error(
                        message, extra={"action": "reserve", "status": "failure", "product_id": product}
                    )
                    raise Failure(message)
            left = self.dice.randint(0, 60)
            if left < 2:
                self.inventory.log.warning(f"only {left} left of {product}", extra={"product_id": product})

    def charge(self, user: str, order: str, total: float) -> None:
        extra = {"action": "charge", "user_id": user, "order_id": order, "order_total": round(total, 2)}
        with self.payment.answering("charge", SpanKind.SERVER, order_id=order):
            with self.payment.answering("POST acquirer", SpanKind.CLIENT, **{"server.address": "acquirer.example.com"}):
                self.work(30)
                if "PAYMENT_TIMEOUT" in self.incidents and self.dice.random() < 0.6:
                    self.work(2000)
                    message = f"payment of order {order} timed out after 2000 ms waiting for acquirer.example.com"
                    self.payment.log.error(
                        message, extra=extra | {"status": "failure", "error_code": "PAYMENT_TIMEOUT"}
                    )
                    raise Failure(message)
                if "PAYMENT_FAILURE" in self.incidents and self.dice.random() < 0.6:
                    # a card number in a log line, as careless services write them; it must never be stored
                    message = f"payment of order {order} failed: card 4111 1111 1111 1111 declined by issuer"
                    self.payment.log.error(
                        message, extra=extra | {"status": "failure", "error_code": "PAYMENT_FAILURE"}
                    )
                    raise Failure(message)
            self.payment.log.info(f"charged {total:.2f} EUR", extra=extra | {"status": "success"})

    def ship(self, order: str) -> None:
        with self.shipping.answering("create label", SpanKind.SERVER, order_id=order):
            self.work(12)
            if "OUT_OF_MEMORY" in self.incidents and self.dice.random() < 0.4:
                message = "java.lang.OutOfMemoryError: Java heap space (label renderer out of memory)"
                self.shipping.log.critical(message, extra={"action": "create_label", "status": "failure"})
                raise Failure(message)
            self.shipping.log.info(f"label printed for order {order}", extra={"action": "create_label"})
