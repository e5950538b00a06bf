// Shows moments in the reader's own zone and language; without it the server's words stand.

const language = document.documentElement.lang;

/** @param {ParentNode} root */
export function localiseTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const stamp = time.getAttribute("datetime") || "";
    const moment = new Date(stamp);
    // A date alone belongs to no zone.
    if (!stamp.includes("T") || Number.isNaN(moment.getTime())) continue;
    /** @type {Intl.DateTimeFormatOptions} */
    const style = time.hasAttribute("data-day")
      ? { dateStyle: "long" }
      : { dateStyle: "long", timeStyle: "short", hourCycle: "h23" };
    time.textContent = moment.toLocaleString(language, style);
  }
}

localiseTimes(document);
