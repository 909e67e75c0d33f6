// The two event streams of the sandbox, followed for every window at once (see listen in control.js).

const kinds = { slack: ["changed"], pay: ["hello", "coupon", "call", "stock", "faults", "settings", "lost"] };

// follow tells what changed, and connects again for as long as it takes.
export function follow(tell) {
  for (const [what, address] of [["slack", "/sandbox/slack/events"], ["pay", "/sandbox/wechatpay/events"]]) {
    const open = () => {
      const stream = new EventSource(address);
      stream.onopen = () => tell(what === "slack" ? "on" : "pay");
      for (const kind of kinds[what]) stream.addEventListener(kind, () => tell(what));
      stream.onerror = () => {
        if (what === "slack") tell("off");
        stream.close(); // its own pauses between attempts grow long
        setTimeout(open, 1000);
      };
    };
    open();
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined") {
  const ports = [];
  let last = "on";
  self.onconnect = (e) => {
    ports.push(e.ports[0]);
    e.ports[0].postMessage(last);
  };
  follow((what) => {
    if (what === "on" || what === "off") last = what;
    for (const port of ports) port.postMessage(what);
  });
}
