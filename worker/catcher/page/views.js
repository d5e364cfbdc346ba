// How parts of a mail are shown. What comes out of a mail is only ever set as text, or framed in a sandbox.

export const mailUrl = (id, part = "") => `/api/messages/${encodeURIComponent(id)}${part}`;
export const subjectOf = ({ subject }) => subject || "(no subject)";
export const fullTime = (text) => new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });

// Minutes for the last hour, then the time of day, then the date.
export function ago(text) {
  const at = new Date(text);
  const seconds = (Date.now() - at) / 1000;
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const today = at.toDateString() === new Date().toDateString();
  return today ? at.toLocaleTimeString([], { timeStyle: "short" }) : at.toLocaleDateString([], { day: "numeric", month: "short" });
}

const element = (name, text = "", properties = {}) =>
  Object.assign(document.createElement(name), { textContent: text, ...properties });
const hint = (text) => element("p", text, { className: "hint" });

export const views = {
  html(mail) {
    if (!mail.html) return hint("This mail has no HTML part.");
    const frame = element("iframe", "", { title: `HTML of ${subjectOf(mail)}`, referrerPolicy: "no-referrer" });
    frame.sandbox = "allow-popups allow-popups-to-escape-sandbox";
    frame.src = mailUrl(mail.id, "/html");
    return frame;
  },
  text: (mail) => (mail.text ? element("pre", mail.text) : hint("This mail has no text part.")),
  headers(mail) {
    const table = element("table");
    for (const [name, value] of Object.entries(mail.headers)) {
      const line = table.insertRow();
      line.append(element("th", name, { scope: "row" }), element("td", value));
    }
    return table;
  },
  links(mail) {
    if (!mail.links.length) return hint("This mail links to nothing.");
    const list = element("ol");
    for (const address of mail.links) {
      const item = element("li");
      const safe = /^(https?:|mailto:)/i.test(address);
      item.append(safe ? element("a", address, { href: address, target: "_blank", rel: "noopener noreferrer" }) : address);
      list.append(item);
    }
    return list;
  },
};
