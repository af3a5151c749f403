using System.Text.Json.Nodes;
using AuthSidecar.BrowserTests.Console;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Grpc.Net.Client;
using Microsoft.Playwright;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.BrowserTests.People;

/// <summary>The whole way of a token: the command on a terminal, the approval in Chromium, Check, and the end of the token.</summary>
public sealed class LoginFromATerminalTests
{
    private const string Person = "carol";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [RequiresFact("chromium", "script")]
    public async Task Login_ApprovedInABrowser_OpensTheGateway_UntilLogout()
    {
        using var sandbox = Sandbox();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        var visited = new List<string>();
        page.Request += (_, request) => visited.Add(request.Url);
        var home = Directory.CreateDirectory(Path.Combine(sandbox.Root, "home")).FullName;
        var server = sidecar.Console.GetLeftPart(UriPartial.Authority);

        using var terminal = TerminalLogin.Start(home, "login", "--server", server, "--label", "carol@terminal");
        var address = await terminal.SeeAsync(@"(http://\S+/device)\s");
        var code = await terminal.SeeAsync(@"\b([B-Z3-9]{4}-[B-Z3-9]{4})\b");
        await terminal.SeeAsync("(Waiting)");
        Assert.Contains("█▀▀▀▀▀█", terminal.Text, StringComparison.Ordinal);

        await page.GotoAsync(address);
        var hands = new Hands(page, hasMouse: false);
        await hands.TypeAsync("Code", code.ToLowerInvariant());
        await hands.PressAsync("Continue");
        await hands.SignInAsync(Person);
        await Assertions.Expect(page.GetByText(code, new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("127.0.0.1")).ToBeVisibleAsync();
        await hands.PressAsync("Approve");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("“carol@terminal” has access");

        Assert.Equal(0, await terminal.ExitAsync());
        var file = Path.Combine(home, ".config", "authsidecar", "tokens.json");
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        var (exitCode, printed) = Run(home, "token", "--server", server);
        var token = printed.Trim();
        Assert.Equal(0, exitCode);
        Assert.StartsWith("aso_", token, StringComparison.Ordinal);
        Assert.Equal(200, await CheckAsync(sidecar, token));
        Assert.DoesNotContain(token, terminal.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(visited, url =>
            url.Contains(code, StringComparison.OrdinalIgnoreCase) || url.Contains(token, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(code, sidecar.Output + sidecar.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(token, sidecar.Output + sidecar.Errors, StringComparison.Ordinal);

        Assert.Equal(0, Run(home, "logout", "--server", server).ExitCode);
        await Eventually.TrueAsync(async () => await CheckAsync(sidecar, token) == 401, "the token is refused", seconds: 1);
        Assert.DoesNotContain(token, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [RequiresFact("chromium", "script")]
    public async Task Login_Denied_EndsWithAnError()
    {
        using var sandbox = Sandbox();
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
        await hands.SignInAsync(Person);
        await hands.PressAsync("Deny");

        Assert.Equal(1, await terminal.ExitAsync());
        Assert.Contains("The request was denied in the browser.", terminal.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(home, ".config", "authsidecar", "tokens.json")));
    }

    private static (int ExitCode, string Output) Run(string home, params string[] words) =>
        Programs.Run(
            "env",
            [$"HOME={home}", "XDG_CONFIG_HOME=", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "authsidecar.dll"), .. words],
            home
        );

    private static async Task<int> CheckAsync(SidecarProcess sidecar, string token)
    {
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var answer = await new Authz.AuthorizationClient(channel).CheckAsync(
            new()
            {
                Attributes = new()
                {
                    Request = new()
                    {
                        Http = new()
                        {
                            Method = "GET",
                            Path = "/app",
                            Host = "localhost",
                            Headers = { ["authorization"] = $"Bearer {token}" },
                        },
                    },
                    ContextExtensions = { ["policy"] = "app" },
                },
            },
            deadline: DateTime.UtcNow.AddSeconds(30)
        );
        return answer.DeniedResponse is { } denied ? (int)denied.Status.Code : 200;
    }

    private static SidecarSandbox Sandbox()
    {
        var sandbox = new SidecarSandbox();
        sandbox.Settings["Console"] = new JsonObject
        {
            ["Bootstrap"] = new JsonObject
            {
                ["Name"] = Person,
                ["Password"] = $"file:{sandbox.WriteSecret("admin", ConsoleHost.Password)}",
            },
        };
        sandbox.Settings["Device"] = new JsonObject
        {
            ["Clients"] = new JsonArray(new JsonObject { ["Id"] = "authsidecar-cli", ["Scopes"] = new JsonArray("apps:run") }),
        };
        sandbox.Save();
        return sandbox;
    }
}
