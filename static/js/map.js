// The map of services: nothing moves; keys and times as everywhere.
import { keys } from "./keys.js";
import { keepTimes } from "./times.js";

keys();
keepTimes();
