// The guided tour: steps as data. It points and waits; the person does everything themselves, or lets a step's button
// prepare it. Where it stands is remembered.

import { $, el } from "./dom.js";
import { breakPay } from "./faults.js";
import { asks } from "./pay.js";

const [one, two] = ["oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oUpF8uKq3xT_Zb7nVw2LcRjYd41s"];
const shows = (world, action) => world.slack.channels.some((c) => c.messages.some((m) => m.blocks?.some((b) => b.elements?.some((e) => e.action_id === action))));
const said = (world, id) => world.slack.me.id === id;

// A step has a title, paragraphs, at (what it points to), perhaps a button [label, act(page)], and done(world, before):
// whether the person has done it; before is the world when the step began.
export const steps = [
  {
    title: "Ask for a coupon", at: "#composer",
    text: ["You are Ana, who looks after customers. A parcel came late, and a customer shall have ¥10.", "Let the command be filled in, or type /coupon and see what it offers. Then press Enter."],
    button: ["Fill in the command", (page) => page.write("U01ANA", "C01SUPPORT", `/coupon send sorry-10 ${one} --reason late --ticket T-1001`)],
    done: (world) => said(world, "U01ANA") && shows(world, "send.confirm"),
  },
  {
    title: "Look, then send", at: '[data-action="send.confirm"]',
    text: ["Only you see this card, and nothing has moved yet: a coupon is money and cannot be taken back.", "Read it, press Send, and confirm."],
    button: ["Show me the card", (page) => page.stand("U01ANA", "C01SUPPORT")],
    done: (world, before) => world.pay.coupons.total > before.pay.coupons.total || world.pay.coupons.total > 0,
  },
  {
    title: "See the coupon", at: "#asks",
    text: ["This is WeChat Pay's side. The coupon is there, with the number it was asked for under (out_request_no) and the call that carried it.", "Press the customer's id to see only theirs. Other people were told as well: look at the unread marks."],
    button: ["Show WeChat Pay", (page) => page.pane("pay")],
    done: (world) => asks(world.pay).some((a) => a.coupon),
  },
  {
    title: "Lose an answer", at: "#asks",
    text: ["The worst case: WeChat Pay gives the coupon, but its answer never arrives. Did the customer get it?", "Switch that on, send again, and watch: the bot asks again under the same number, and there is one coupon, not two."],
    button: ["Switch it on and fill in a send", async (page) => {
      await breakPay("drop_after_commit", 1);
      page.write("U01ANA", "C01SUPPORT", `/coupon send sorry-10 ${two} --reason late --ticket T-1002`);
    }],
    done: (world) => asks(world.pay).some((a) => a.coupon && a.calls.length > 1 && a.calls.some((c) => c.fault)),
  },
  {
    title: "Stop everything", at: "#composer",
    text: ["You are Ada now, an administrator, and something looks wrong. The red button stops every send, in hand or planned, until it is ended.", "Starting again takes a second administrator: be Amir and confirm. You may be both at once, in two windows."],
    button: ["Be Ada and fill it in", (page) => page.write("U07ADA", "C01SUPPORT", "/coupon stop just trying the red button")],
    done: (world) => said(world, "U07ADA") && shows(world, "stop.confirm"),
  },
];

// Tour shows one step. page can write(as, place, text), stand(as, place) and pane(name); world() is what there is now.
export class Tour {
  constructor(page, world) {
    Object.assign(this, { page, world, box: $("tour"), finished: false });
    $("tour-again").addEventListener("click", () => this.start(0, true));
    this.box.addEventListener("keydown", (e) => { if (e.key === "Escape") this.end(); });
  }
  // resume goes on where the person left, or begins for somebody new.
  resume() {
    const at = localStorage.getItem("tour") ?? "0";
    if (at !== "over") this.start(Math.min(Number(at) || 0, steps.length - 1), false);
  }
  start(at, focus) {
    this.at = at;
    this.before = this.world();
    this.finished = false;
    localStorage.setItem("tour", String(at));
    this.draw();
    this.box.hidden = false;
    this.look();
    if (focus) this.box.querySelector("h2").focus();
  }
  end() {
    localStorage.setItem("tour", "over");
    this.box.hidden = true;
    this.point();
    $("tour-again").focus();
  }
  draw() {
    const step = steps[this.at], last = this.at === steps.length - 1;
    const button = (text, attributes, act) => el("button", { type: "button", ...attributes, on: { click: act } }, text);
    this.box.replaceChildren(
      el("div", {},
        el("h2", { tabindex: -1 }, step.title, el("span", { class: "faint" }, `guided tour, ${this.at + 1} of ${steps.length}`), el("span", { class: "tick", role: "status" })),
        ...step.text.map((t) => el("p", {}, t))),
      el("div", { class: "buttons" },
        step.button && button(step.button[0], { id: "tour-do" }, () => step.button[1](this.page)),
        this.at > 0 && button("Back", {}, () => this.start(this.at - 1, true)),
        button(last ? "Finish" : "Next", { id: "tour-next" }, () => (last ? this.end() : this.start(this.at + 1, true))),
        button("✕", { class: "quiet", "aria-label": "End the tour", title: "End the tour" }, () => this.end())));
  }
  // look is called whenever something changed.
  look() {
    if (this.box.hidden) return;
    const step = steps[this.at], world = this.world();
    if (!this.finished && world.slack && world.pay && this.before.pay && step.done(world, this.before)) {
      this.finished = true;
      this.box.querySelector(".tick").textContent = "✓ done";
    }
    const next = this.box.querySelector("#tour-next"), act = this.box.querySelector("#tour-do");
    next.classList.toggle("primary", this.finished);
    act?.classList.toggle("primary", !this.finished);
    this.point(!this.finished && step.at);
  }
  point(at) {
    for (const node of document.querySelectorAll(".pointed")) node.classList.remove("pointed");
    if (at) [...document.querySelectorAll(at)].at(-1)?.classList.add("pointed");
  }
}
