// Gives the browser a name of its own, as a cookie that only this server gets, or says which one it has.
// Why here: Streamlit's server can read cookies but not set one; a name in a link would be handed on with it.
const COOKIE = "vaegc_profile";
const YEAR = 31_536_000;

/** The name that the browser has already, or null. */
function kept() {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE}=`));
  return found ? found.slice(COOKIE.length + 1) : null;
}

/** Whether the page is a part of another site's page, where a browser sends no strict cookie. */
function isEmbedded() {
  return window.top !== window && location.protocol === "https:";
}

export default function ({ data, setStateValue }) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const reach = isEmbedded() ? "; SameSite=None; Partitioned" : "; SameSite=Strict";
  const name = kept() ?? data.fresh;
  document.cookie = `${COOKIE}=${name}; Path=/; Max-Age=${YEAR}${reach}${secure}`;
  if (name !== data.fresh) setStateValue("name", name); // another tab was first
}
