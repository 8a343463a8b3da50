// The page of one alert.
import { wire } from "./act.js";
import { keepAgo } from "./ago.js";

wire(document.getElementById("panel"), () => location.reload());
keepAgo();
