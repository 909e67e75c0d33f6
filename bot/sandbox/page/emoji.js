// Shortcodes as Unicode: those that the bot writes, and a few that people type.

const codes = {
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", stop_sign: "🛑",
  hourglass_flowing_sand: "⏳", clock9: "🕘", iphone: "📱", new: "🆕", incoming_envelope: "📨", hourglass: "⌛", alarm_clock: "⏰", stopwatch: "⏱️", calendar: "📅", date: "📅", spiral_calendar_pad: "🗓️",
  grey_question: "❔", question: "❓", exclamation: "❗", information_source: "ℹ️", bulb: "💡", memo: "📝", pencil2: "✏️", speech_balloon: "💬", thought_balloon: "💭",
  double_vertical_bar: "⏸️", pause_button: "⏸️", arrow_forward: "▶️", black_square_for_stop: "⏹️", repeat: "🔁", arrows_counterclockwise: "🔄", leftwards_arrow_with_hook: "↩️", fast_forward: "⏩",
  rotating_light: "🚨", bell: "🔔", no_bell: "🔕", loudspeaker: "📢", mega: "📣", eyes: "👀", mag: "🔍", lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️",
  ticket: "🎫", admission_tickets: "🎟️", gift: "🎁", moneybag: "💰", yen: "💴", credit_card: "💳", receipt: "🧾", bar_chart: "📊", chart_with_upwards_trend: "📈", clipboard: "📋", page_facing_up: "📄", paperclip: "📎", file_folder: "📁", inbox_tray: "📥", outbox_tray: "📤", package: "📦",
  raised_hand: "✋", wave: "👋", thumbsup: "👍", thumbsdown: "👎", "+1": "👍", "-1": "👎", pray: "🙏", ok_hand: "👌", muscle: "💪", point_right: "👉", bust_in_silhouette: "👤", busts_in_silhouette: "👥", robot_face: "🤖",
  tada: "🎉", rocket: "🚀", fire: "🔥", star: "⭐", sparkles: "✨", heart: "❤️", smile: "😄", slightly_smiling_face: "🙂", sweat_smile: "😅", zzz: "💤", wastebasket: "🗑️", gear: "⚙️", wrench: "🔧", link: "🔗", house: "🏠",
  checkered_flag: "🏁", triangular_flag_on_post: "🚩", handshake: "🤝", scales: "⚖️", ballot_box_with_ballot: "🗳️", scroll: "📜", label: "🏷️", pushpin: "📌", next_track_button: "⏭️", twisted_rightwards_arrows: "🔀", arrow_right: "➡️", arrow_up: "⬆️", arrow_down: "⬇️", heavy_plus_sign: "➕", heavy_minus_sign: "➖", clock3: "🕒", calling: "📲", bank: "🏦", desktop_computer: "🖥️", electric_plug: "🔌",
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫", small_blue_diamond: "🔹", one: "1️⃣", two: "2️⃣", three: "3️⃣", "100": "💯",
};

// withEmoji leaves a code that it does not know as it is, as Slack does.
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (all, name) => codes[name] ?? all);
