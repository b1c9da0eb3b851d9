// The emoji that are offered, the usual answers first. Any other is one keyboard away in the text itself.
export const emojis = (
  "👍 ❤️ 😂 😮 😢 🙏 🎉 🔥 " +
  "😀 😊 🙂 😉 😍 🥰 😘 😋 " +
  "😎 🤔 🤨 😐 🙄 😏 😴 🤗 " +
  "😅 😇 🥳 😭 😤 😡 😱 🥶 " +
  "👋 👏 🙌 🤝 💪 👌 ✌️ 🤞 " +
  "👀 💯 ✅ ❌ ❓ ❗ 💡 ⏰ " +
  "🌼 🌳 🌊 ☀️ 🌧️ ❄️ 🌙 ⭐ " +
  "🐱 🐶 🐦 🐟 🦀 🍎 🍞 ☕ " +
  "🍰 🍺 🍷 ⚓ ⛵ 🏠 🚲 🎵"
).split(" ");
