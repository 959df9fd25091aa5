// The emoji an ops bot uses, drawn as Discord would draw them, so that they look the same where no emoji font is
// installed. Any other emoji is left to the reader's fonts.

import { svgNode } from "./dom.js";

const disc = (fill) => [["circle", { cx: 12, cy: 12, r: 10, fill }]];
const tile = (fill) => [["rect", { x: 2, y: 2, width: 20, height: 20, rx: 3, fill }]];
const line = (d, stroke = "#fff", width = 3) => [
  "path", { d, fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" },
];
const area = (d, fill) => ["path", { d, fill }];
const badge = (fill, ...shapes) => [...tile(fill), ...shapes];

const BLUE = "#3b88c3";
const RED = "#dd2e44";
const YELLOW = "#f4b324";
const GREEN = "#5c913b";

const DRAWINGS = {
  "🔴": disc(RED), "🟢": disc("#4f9d45"), "🟡": disc("#fdcb58"), "🟠": disc("#f4900c"), "🔵": disc("#55acee"),
  "🟣": disc("#aa8ed6"), "⚪": [["circle", { cx: 12, cy: 12, r: 9.5, fill: "#e6e7e8", stroke: "#99aab5" }]],
  "⚫": disc("#31373d"), "🟥": tile(RED), "🟩": tile("#78b159"), "🟨": tile("#fdcb58"), "🟦": tile("#55acee"),
  "✅": badge("#77b255", line("M6.5 12.5l4 4 7-9")),
  "☑": badge(BLUE, line("M6.5 12.5l4 4 7-9")),
  "✔": [line("M4 13l6 6L20 5", "currentColor")],
  "❌": [line("M5 5l14 14M19 5L5 19", RED, 4)],
  "✖": [line("M6 6l12 12M18 6L6 18", "currentColor", 4)],
  "❓": [line("M8 8a4 4 0 118 0c0 3-4 3-4 7M12 20v.1", RED, 3.5)],
  "❔": [line("M8 8a4 4 0 118 0c0 3-4 3-4 7M12 20v.1", "#99aab5", 3.5)],
  "❗": [line("M12 4v11M12 20v.1", RED, 4)],
  "⚠": [area("M12 2L23 21H1z", YELLOW), line("M12 9v6M12 18v.1", "#231f20", 2.4)],
  "⛔": [...disc(RED), line("M7 12h10", "#fff", 4)],
  "🛑": [area("M8 2h8l6 6v8l-6 6H8l-6-6V8z", RED), line("M8 12h8", "#fff", 3)],
  "🚫": [["circle", { cx: 12, cy: 12, r: 9, fill: "none", stroke: RED, "stroke-width": 3 }], line("M6 6l12 12", RED)],
  "⏳": [line("M6 3h12M6 21h12", "#a0663c", 2.6), area("M8 4h8c0 5-3 6-3 8s3 3 3 8H8c0-5 3-6 3-8S8 9 8 4z", YELLOW)],
  "⌛": [line("M6 3h12M6 21h12", "#a0663c", 2.6), area("M8 4h8c0 5-3 6-3 8s3 3 3 8H8c0-5 3-6 3-8S8 9 8 4z", YELLOW)],
  "⏱": [["circle", { cx: 12, cy: 13, r: 9, fill: "#ccd6dd" }], line("M12 13V8M10 2h4", "#31373d", 2.4)],
  "🕒": [["circle", { cx: 12, cy: 12, r: 10, fill: "#e6e7e8", stroke: "#99aab5" }], line("M12 6v6h4", "#31373d", 2)],
  "⏸": badge(BLUE, line("M9 7v10M15 7v10")),
  "▶": badge(BLUE, area("M8 6l10 6-10 6z", "#fff")),
  "⏭": badge(BLUE, area("M5 7l6 5-6 5zM11 7l6 5-6 5z", "#fff"), line("M18 8v8", "#fff", 2)),
  "⏪": badge(BLUE, area("M12 7l-6 5 6 5zM18 7l-6 5 6 5z", "#fff")),
  "⏹": badge(BLUE, area("M8 8h8v8H8z", "#fff")),
  "↩": badge(BLUE, line("M10 7l-4 4 4 4M6 11h8a4 4 0 010 7h-2", "#fff", 2.4)),
  "🔄": badge(BLUE, line("M7 12a5 5 0 019-3M17 12a5 5 0 01-9 3M16 5v4h-4M8 19v-4h4", "#fff", 2)),
  "🔒": [line("M8 11V8a4 4 0 018 0v3", "#99aab5"), area("M5 11h14v10H5z", YELLOW)],
  "🔓": [line("M8 11V7a4 4 0 018-1", "#99aab5"), area("M5 11h14v10H5z", YELLOW)],
  "🔔": [area("M12 2a6 6 0 00-6 6v6l-3 4h18l-3-4V8a6 6 0 00-6-6zM10 20h4a2 2 0 01-4 0z", YELLOW)],
  "🚨": [area("M6 20v-8a6 6 0 0112 0v8z", RED), area("M3 19h18v3H3z", "#66757f"), line("M12 1v2M4 5l1 1M20 5l-1 1", RED, 2)],
  "👀": [["circle", { cx: 7, cy: 12, r: 5, fill: "#e6e7e8" }], ["circle", { cx: 17, cy: 12, r: 5, fill: "#e6e7e8" }],
    ["circle", { cx: 6, cy: 13, r: 2, fill: "#31373d" }], ["circle", { cx: 16, cy: 13, r: 2, fill: "#31373d" }]],
  "🚀": [area("M20 3c-6 0-11 4-13 10l4 4c6-2 10-7 9-14zM6 14l-3 7 7-3z", BLUE), area("M3 21l1-4 3 3z", RED)],
  "🏁": [line("M5 2v20", "#66757f", 2), area("M6 3h14v11H6z", "#ccd6dd"),
    area("M6 3h4v4H6zM13 3h4v4h-4zM10 7h3v4h-3zM17 7h3v4h-3z", "#31373d")],
  "✋": [area("M6 12V6h2v5V3h2v8V2h2v9V3h2v9l3-3 2 1-5 9-3 3H9l-3-4z", YELLOW)],
  "🧪": [line("M9 3v14a3 3 0 006 0V3M8 3h8", "#99aab5", 2), area("M10 12h4v5a2 2 0 01-4 0z", GREEN)],
  "📈": [...tile("#e6e7e8"), line("M5 17l5-5 3 3 6-8", RED, 2)],
  "🛡": [area("M12 2l9 3v7c0 5-4 8-9 10-5-2-9-5-9-10V5z", BLUE)],
};

const PATTERN = new RegExp(`(${Object.keys(DRAWINGS).join("|")})\uFE0F?`, "u");

/** Split text into text nodes and drawn emoji, as an array of nodes. */
export function withEmoji(text) {
  const nodes = [];
  let rest = text;
  for (let found = PATTERN.exec(rest); found; found = PATTERN.exec(rest)) {
    if (found.index) nodes.push(document.createTextNode(rest.slice(0, found.index)));
    nodes.push(draw(found[1]));
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) nodes.push(document.createTextNode(rest));
  return nodes;
}

function draw(character) {
  const svg = svgNode("svg", { class: "emoji", viewBox: "0 0 24 24", role: "img", "aria-label": character });
  for (const [tag, attributes] of DRAWINGS[character]) svg.append(svgNode(tag, attributes));
  return svg;
}
