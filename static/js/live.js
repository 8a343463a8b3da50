// The WebSocket: hands over transitions in order, and after a break goes on where it was.
const FIRST_WAIT = 500, SLOWEST = 5000, NOT_SIGNED_IN = 4401;

// `on.transitions(list)`, `on.live()`, `on.lost(seconds)`; the last one each second while the server is away.
// `seq`: what the page has seen; null to begin with what comes from now on.
export function connect(seq, on) {
  let last = seq, wait = FIRST_WAIT, lostAt = 0, timer = 0;

  function lose() {
    if (lostAt) return;
    lostAt = Date.now();
    const tell = () => on.lost(Math.round((Date.now() - lostAt) / 1000));
    tell();
    timer = setInterval(tell, 1000);
  }

  function open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/alerts/${last === null ? "" : `?after=${last}`}`);
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "ready") {
        clearInterval(timer);
        [wait, lostAt, last] = [FIRST_WAIT, 0, message.seq];
        on.live();
      } else if (message.type === "transitions") {
        const news = message.transitions.filter((transition) => transition.seq > last);
        if (!news.length) return;
        last = news.at(-1).seq;
        on.transitions(news);
      }
    };
    socket.onclose = (event) => {
      if (event.code === NOT_SIGNED_IN) { location.reload(); return; }
      lose();
      setTimeout(open, wait);
      wait = Math.min(wait * 2, SLOWEST);
    };
  }
  open();
}
