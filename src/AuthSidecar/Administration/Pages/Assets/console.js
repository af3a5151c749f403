// Improves pages that work without it: copy buttons, fields that select themselves, arrow keys in a chart.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      const status = document.getElementById("copied");
      button.textContent = "Copied";
      status.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy";
        status.textContent = "";
      }, 2000);
    });
  }
}

for (const field of document.querySelectorAll("[data-select]")) {
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) {
    field.select();
  }
}

for (const chart of document.querySelectorAll(".day-chart tbody")) {
  chart.addEventListener("keydown", (event) => {
    const bars = [...chart.querySelectorAll("td")];
    const at = bars.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (at >= 0 && bars[to]) {
      event.preventDefault();
      bars[at].tabIndex = -1;
      bars[to].tabIndex = 0;
      bars[to].focus();
    }
  });
}
