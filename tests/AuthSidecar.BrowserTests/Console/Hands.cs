using AuthSidecar.TestSupport.Servers;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>Uses a page with the mouse, or with the keyboard alone.</summary>
internal sealed class Hands(IPage page, bool hasMouse)
{
    private const int MostTabs = 150;

    public Task FollowAsync(string link) => UseAsync(page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First);

    public Task PressAsync(string button) => UseAsync(page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).First);

    public async Task TypeAsync(string label, string text)
    {
        var field = page.GetByLabel(label, new() { Exact = true });
        if (hasMouse)
        {
            await field.ClickAsync();
        }
        else
        {
            await FocusAsync(field);
        }

        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>On the login page.</summary>
    public async Task SignInAsync(string name)
    {
        await TypeAsync("Name", name);
        await TypeAsync("Password", ConsoleHost.Password);
        await PressAsync("Sign in");
    }

    private async Task UseAsync(ILocator target)
    {
        if (hasMouse)
        {
            await target.ClickAsync();
            return;
        }

        await FocusAsync(target);
        await page.Keyboard.PressAsync("Enter");
    }

    private async Task FocusAsync(ILocator target)
    {
        await target.WaitForAsync();
        for (var tabs = 0; tabs < MostTabs; tabs++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                Assert.NotEqual("none", await target.EvaluateAsync<string>("element => getComputedStyle(element).outlineStyle"));
                return;
            }

            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{target} cannot be reached with the Tab key.");
    }
}
