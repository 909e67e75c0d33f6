// Money and stocks in words.

export const yuan = (fen) => "¥" + (fen / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

// face is what a coupon of a stock takes off.
export const face = (s) => (s.custom_value ? `${yuan(s.custom_value.from)} to ${yuan(s.custom_value.to)}` : `${yuan(s.coupon_amount)} off ${yuan(s.transaction_minimum)}`);

// left is what a stock can still give: its share of all, and in words.
export function left(s) {
  const coupons = Math.max(0, s.max_coupons - s.distributed_coupons), money = s.max_amount ? Math.max(0, s.max_amount - s.distributed_amount) : Infinity;
  const byMoney = s.coupon_amount ? Math.floor(money / s.coupon_amount) : Infinity;
  const least = Math.min(coupons, byMoney);
  return { share: Math.min(coupons / s.max_coupons, s.max_amount ? money / s.max_amount : 1), words: `${least.toLocaleString("en-US")} left`, none: least === 0 };
}

// standing is a stock's state as a person would say it: one that runs may still be out of its window.
export function standing(s) {
  if (s.status === "running" && Date.parse(s.available_end_time) < Date.now()) return "over";
  if (s.status === "running" && Date.parse(s.available_begin_time) > Date.now()) return "not yet";
  if (s.status === "running" && left(s).none) return "empty";
  return { unactivated: "not active", stoped: "stopped", audit: "in review" }[s.status] ?? s.status;
}
