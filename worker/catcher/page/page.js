// The page of the mail catcher: the list, which renews itself, and the mail that is open.

import { ago, fullTime, mailUrl, subjectOf, views } from "./views.js";

const STEP = 100; // mails shown at first, and added by "Show older mails"
const EVERY = 2000; // milliseconds between looks for new mails
const $ = (id) => document.getElementById(id);
const remembered = (key, otherwise) => sessionStorage.getItem(key) ?? otherwise;

let mails = []; // newest first
let shown = STEP;
let complete = true; // whether `mails` holds all that match
let mail = null; // the one that is open
let tab = remembered("tab", "html");
let width = remembered("width", "desktop");
let search = "";
let round = 0; // answers to questions asked before the last change of search are dropped
const fresh = new Set(); // ids of mails that came while the page was open, not read yet

const openId = () => decodeURIComponent(location.hash.match(/^#\/messages\/(.+)$/)?.[1] ?? "");

async function ask(query) {
  const answer = await fetch(`/api/messages?${new URLSearchParams({ search, ...query })}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function load() {
  const mine = ++round;
  const found = await ask({ limit: shown + 1 });
  if (mine !== round) return;
  complete = found.length <= shown;
  mails = found.slice(0, shown);
  showList();
}

// The newest mail known is asked for again: where it is missing from the answer, the list has changed underneath.
async function look() {
  const [newest] = mails;
  const mine = round;
  const found = await ask({ limit: STEP, ...(newest && { since: newest.received_at }) });
  if (mine !== round) return;
  const known = new Set(mails.map(({ id }) => id));
  const arrived = found.filter(({ id }) => !known.has(id));
  arrived.forEach(({ id }) => fresh.add(id));
  if (!found.some(({ id }) => id === newest?.id)) return load();
  if (!arrived.length) return showTimes();
  shown += arrived.length;
  mails = [...arrived, ...mails];
  showList();
}

async function refresh(how) {
  try {
    await how();
    $("status").textContent = "listening";
    $("status").classList.remove("lost");
  } catch {
    $("status").textContent = "not reachable";
    $("status").classList.add("lost");
  }
}

function showList() {
  const rows = new Map([...$("list").children].map((row) => [row.dataset.id, row]));
  $("list").replaceChildren(...mails.map((each) => rows.get(each.id) ?? row(each)));
  document.body.classList.toggle("mails-there", mails.length > 0 || search !== "");
  $("more").hidden = complete;
  $("none").hidden = mails.length > 0 || !search;
  const [title, hint] = mails.length || search
    ? ["Choose a mail", "The arrow keys go through the list."]
    : ["Nothing caught yet", "Every mail sent to this address is kept here and delivered to nobody."];
  $("empty").querySelector("h2").textContent = title;
  $("empty").querySelector("p").textContent = hint;
  document.title = `${fresh.size ? `(${fresh.size}) ` : ""}Caught mail · Cadencia`;
  mark();
}

function row(each) {
  const made = $("row").content.cloneNode(true).firstElementChild;
  made.dataset.id = each.id;
  made.firstElementChild.href = `#/messages/${encodeURIComponent(each.id)}`;
  made.querySelector(".to").textContent = each.to;
  made.querySelector(".subject").textContent = subjectOf(each);
  const time = made.querySelector("time");
  Object.assign(time, { dateTime: each.received_at, textContent: ago(each.received_at), title: fullTime(each.received_at) });
  return made;
}

function mark() {
  for (const { dataset, firstElementChild: link } of $("list").children) {
    link.classList.toggle("fresh", fresh.has(dataset.id));
    if (dataset.id === openId()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function showTimes() {
  for (const time of $("list").querySelectorAll("time")) time.textContent = ago(time.dateTime);
}

async function openMail() {
  const id = openId();
  document.body.classList.toggle("open", id !== "");
  fresh.delete(id);
  showList();
  const answer = id ? await fetch(mailUrl(id)).catch(() => null) : null;
  if (id !== openId()) return; // another one was chosen meanwhile
  mail = answer?.ok ? await answer.json() : null;
  if (id && answer?.status === 404) location.hash = "#/";
  $("mail").hidden = mail === null;
  if (mail) showMail();
}

function showMail() {
  const header = Object.entries(mail.headers).find(([name]) => name.toLowerCase() === "from");
  $("subject").textContent = subjectOf(mail);
  $("from").textContent = header?.[1] ?? "(none)";
  $("to").textContent = mail.to;
  $("received").textContent = fullTime(mail.received_at);
  $("received").dateTime = mail.received_at;
  $("count").textContent = mail.links.length || "";
  $("raw").href = mailUrl(mail.id, "/raw");
  showTab();
}

function showTab() {
  for (const button of $("tabs").children) {
    const chosen = button.dataset.tab === tab;
    button.setAttribute("aria-selected", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
  for (const button of $("widths").children) button.setAttribute("aria-pressed", button.dataset.width === width);
  const framed = tab === "html" && mail.html !== "";
  $("widths").hidden = !framed;
  $("view").className = framed ? width : "";
  $("view").replaceChildren(views[tab](mail));
}

function choose(step) {
  const at = mails.findIndex(({ id }) => id === openId());
  const next = mails[Math.min(Math.max(at + step, 0), mails.length - 1)];
  if (!next) return;
  location.hash = `#/messages/${encodeURIComponent(next.id)}`;
  [...$("list").children].find(({ dataset }) => dataset.id === next.id)?.scrollIntoView({ block: "nearest" });
}

function chooseTab(name) {
  sessionStorage.setItem("tab", (tab = name));
  showTab();
}

$("tabs").addEventListener("click", ({ target }) => chooseTab(target.closest("button")?.dataset.tab ?? tab));
$("tabs").addEventListener("keydown", ({ key }) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!step) return;
  const names = Object.keys(views);
  chooseTab(names[(names.indexOf(tab) + step + names.length) % names.length]);
  $("tabs").querySelector("[aria-selected=true]").focus();
});
$("widths").addEventListener("click", ({ target }) => {
  sessionStorage.setItem("width", (width = target.closest("button")?.dataset.width ?? width));
  showTab();
});
$("search").addEventListener("input", ({ target }) => {
  search = target.value.trim();
  shown = STEP;
  refresh(load);
});
$("more").addEventListener("click", () => {
  shown += STEP;
  refresh(load);
});
$("clear").addEventListener("click", async () => {
  if (!confirm("Delete all caught mails?")) return;
  await refresh(() => fetch("/api/messages", { method: "DELETE" }));
  fresh.clear();
  location.hash = "#/";
  refresh(load);
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("#view")) return; // there they scroll
  const typing = event.target === $("search");
  if (event.key === "/" && !typing) $("search").focus();
  else if (event.key === "Escape" && typing) $("search").blur();
  else if (event.key === "ArrowDown" && !event.altKey) choose(1);
  else if (event.key === "ArrowUp" && !event.altKey) choose(-1);
  else return;
  event.preventDefault();
});
window.addEventListener("hashchange", openMail);
document.addEventListener("visibilitychange", () => document.hidden || refresh(look));
setInterval(() => document.hidden || refresh(look), EVERY);
refresh(load).then(openMail);
