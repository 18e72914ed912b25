// A small choice of emoji, by pointer or arrow keys. Loaded when somebody asks for it.

const CHOICE = [
  "😀 😄 😁 😅 😂 🙂 😊 😍 😘 😎 🤔 😐 😕 😢 😭 😡 😱 😴 🤗 🤝 🙏 👍 👎 👌 👏 🙌 👋 💪 ❤️ 💔 🎉 🎁",
  "✅ ❌ ❓ ❗ ⚠️ ⏰ 📅 📎 📷 📄 📦 🚚 🏠 📞 ✉️ 💳 💰 🔑 🔒 🛠️ 💡 🔋 🖥️ 📱 ⭐ 🔥 ☀️ 🌧️ ☕ 🍀 🐱 🐶",
].join(" ").split(" ");
const COLUMNS = 8;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** Fill `box` (a popover) once; `onPick(emoji)` gets what is chosen. */
export function fill(box, onPick) {
  const buttons = CHOICE.map((emoji, index) => {
    const button = box.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = emoji;
    button.tabIndex = index ? -1 : 0;
    button.addEventListener("click", () => onPick(emoji));
    return button;
  });
  box.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const towards = getComputedStyle(box).direction === "rtl" && /Left|Right/.test(event.key) ? -1 : 1;
    const next = { Home: 0, End: buttons.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? NaN) * towards;
    if (at < 0 || !buttons[next]) return;
    event.preventDefault();
    buttons[at].tabIndex = -1;
    buttons[next].tabIndex = 0;
    buttons[next].focus();
  });
  box.addEventListener("toggle", (event) => {
    if (event.newState === "open") box.querySelector("[tabindex='0']").focus();
  });
}
