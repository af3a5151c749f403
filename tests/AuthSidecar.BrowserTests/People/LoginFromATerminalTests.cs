using AuthSidecar.BrowserTests.Console;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.People;

/// <summary>The whole way of a token: a command on a terminal, the approval in Chromium, requests through Envoy, and its end.</summary>
public sealed class LoginFromATerminalTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [RequiresFact("chromium", "script", "envoy")]
    public async Task Login_ApprovedInABrowser_OpensTheGateway_UntilLogout()
    {
        await using var site = await TerminalGateway.StartAsync();
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        var visited = new List<string>();
        page.Request += (_, request) => visited.Add(request.Url);
        var home = site.NewHome();

        using var terminal = TerminalLogin.Start(home, "login", "--server", site.Server, "--label", "carol@terminal");
        var code = await ApproveAsync(terminal, page);

        Assert.Equal(0, await terminal.ExitAsync());
        var file = Path.Combine(home, ".config", "authsidecar", "tokens.json");
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        var (exitCode, printed) = TerminalLogin.Run(home, "token", "--server", site.Server);
        var token = printed.Trim();
        Assert.Equal(0, exitCode);
        Assert.StartsWith("aso_", token, StringComparison.Ordinal);

        await UseAsync(site, token);

        Assert.Equal(0, TerminalLogin.Run(home, "logout", "--server", site.Server).ExitCode);
        await Eventually.TrueAsync(
            async () => await site.SendAsync("/app/a", token) is ("401 token_revoked", null),
            "the token is refused",
            seconds: 1
        );
        Assert.Equal(
            [
                $"device.approved by {TerminalGateway.Person}",
                $"key.created by {TerminalGateway.Person}",
                "device.collected by anonymous",
                "key.revoked by carol@terminal",
            ],
            await site.AuditAsync()
        );
        Assert.DoesNotContain(token, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.DoesNotContain(token, terminal.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(visited, url =>
            url.Contains(code, StringComparison.OrdinalIgnoreCase) || url.Contains(token, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(code, site.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain(token, site.Logs, StringComparison.Ordinal);
    }

    [RequiresFact("chromium", "script")]
    public async Task Login_Denied_EndsWithAnError()
    {
        using var sandbox = TerminalGateway.NewSandbox();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var page = await (await browser.NewContextAsync(new() { JavaScriptEnabled = false })).NewPageAsync();
        var home = Directory.CreateDirectory(Path.Combine(sandbox.Root, "home")).FullName;

        using var terminal = TerminalLogin.Start(home, "login", "--server", sidecar.Console.GetLeftPart(UriPartial.Authority));
        await page.GotoAsync(await terminal.SeeAsync(@"(http://\S+/device)\s"));
        var hands = new Hands(page, hasMouse: true);
        await hands.TypeAsync("Code", await terminal.SeeAsync(@"\b([B-Z3-9]{4}-[B-Z3-9]{4})\b"));
        await hands.PressAsync("Continue");
        await hands.SignInAsync(TerminalGateway.Person);
        await hands.PressAsync("Deny");

        Assert.Equal(1, await terminal.ExitAsync());
        Assert.Contains("The request was denied in the browser.", terminal.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(home, ".config", "authsidecar", "tokens.json")));
    }

    /// <returns>The code.</returns>
    private static async Task<string> ApproveAsync(TerminalLogin terminal, IPage page)
    {
        var address = await terminal.SeeAsync(@"(http://\S+/device)\s");
        var code = await terminal.SeeAsync(@"\b([B-Z3-9]{4}-[B-Z3-9]{4})\b");
        await terminal.SeeAsync("(Waiting)");
        Assert.Contains("█▀▀▀▀▀█", terminal.Text, StringComparison.Ordinal);
        await page.GotoAsync(address);
        var hands = new Hands(page, hasMouse: false);
        await hands.TypeAsync("Code", code.ToLowerInvariant());
        await hands.PressAsync("Continue");
        await hands.SignInAsync(TerminalGateway.Person);
        await Assertions.Expect(page.GetByText(code, new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("127.0.0.1")).ToBeVisibleAsync();
        await hands.PressAsync("Approve");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("“carol@terminal” has access");
        return code;
    }

    private static async Task UseAsync(TerminalGateway site, string token)
    {
        for (var request = 0; request < TerminalGateway.Permits; request++)
        {
            var (answer, seen) = await site.SendAsync("/app/a", token);
            Assert.Equal("200", answer);
            Assert.Empty(seen!.Values("authorization"));
            Assert.Equal([TerminalGateway.Person], seen.Values("x-authsidecar-caller-username"));
            Assert.Equal(["account"], seen.Values("x-authsidecar-caller-subject-type"));
            Assert.Equal(["apps:run"], seen.Values("x-authsidecar-caller-scopes"));
        }

        Assert.Equal(("429 rate_limited", null), await site.SendAsync("/app/a", token));
        Assert.Equal(("403 insufficient_scope", null), await site.SendAsync("/openai/v1/models", token));
        Assert.Equal(("403 wrong_surface", null), await site.SendAsync("/anthropic/v1/models", token));
    }
}
