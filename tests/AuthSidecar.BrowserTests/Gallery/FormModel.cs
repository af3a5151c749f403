using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.BrowserTests.Gallery;

/// <summary>A form with an error at its first field and one of the whole form.</summary>
public sealed class FormModel : PageModel
{
    [BindProperty]
    public string? Name { get; set; }

    public string Lifetime { get; set; } = "90";

    public string Kind { get; set; } = "program";

    public string Models { get; set; } = "gpt-5.1\nclaude-*";

    public IReadOnlyList<string> Scopes { get; set; } = ["llm:invoke"];

    public void OnGet()
    {
        ModelState.AddModelError(nameof(Name), "Enter a name, for example “laptop”.");
        ModelState.AddModelError(nameof(Scopes), "Choose at least one scope.");
        ModelState.AddModelError("", "You have 20 keys, the most that one person may have. Revoke one first.");
    }
}
