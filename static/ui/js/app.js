/* What every signed-in page runs. */

import "@hotwired/turbo";
import "memo/ui/attention";
import "memo/ui/elements";
import "memo/ui/morphing";
import "memo/ui/offline";
import "memo/ui/streams";

// Keeps a page for "no connection". Without https (and not on this very machine) browsers do not offer it.
// A page that one left before all of it was here is no error.
addEventListener("unhandledrejection", (event) => event.reason?.name === "AbortError" && event.preventDefault());
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
// A browser that takes push messages says so again once per session: its subscription or its sign-in may be new.
if (self.Notification?.permission === "granted") import("memo/notifications/push").then(({ again }) => again()).catch(() => {});
