// The WebSocket: hands over transitions in order, and after a break goes on where it was.
const SLOWEST = 5000;

export function connect(seq, onTransitions, onState) {
  let last = Number(seq), wait = 500, since = 0, timer = 0;
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/alerts/?after=${last}`);
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "ready") {
        wait = 500;
        clearInterval(timer);
        since = 0;
        onState("live", 0);
      } else if (message.type === "transitions") {
        const news = message.transitions.filter((transition) => transition.seq > last);
        if (!news.length) return;
        last = news.at(-1).seq;
        onTransitions(news);
      }
    };
    socket.onclose = (event) => {
      if (event.code === 4401) { location.reload(); return; }
      if (!since) {
        since = Date.now();
        const tell = () => onState("reconnecting", Math.round((Date.now() - since) / 1000));
        tell();
        clearInterval(timer);
        timer = setInterval(tell, 1000);
      }
      setTimeout(open, wait);
      wait = Math.min(wait * 2, SLOWEST);
    };
  };
  open();
}
