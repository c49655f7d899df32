/* The page for "no connection" stands under the address that was wanted: it is asked for again as soon as there is one. */

addEventListener("online", () => location.reload());
