using System.Diagnostics;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Servers;
using Grpc.Net.Client;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Checks at a steady rate alone, beside logins, beside dashboards that are read again every second, and beside both; rounds interleaved.
/// </summary>
internal sealed class ConsoleBenchmark(Size size)
{
    private const string Admin = "grace";
    private const string Password = "nine sober wooden ladles";
    private const int LoginsPerSecond = 2;
    private readonly int _perSecond = size.Pick(500, 20);
    private readonly int _dashboards = size.Pick(10, 2);
    private readonly int _rounds = size.Pick(7, 1);
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(1));

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Console"] = new JsonObject
        {
            ["MaxSessions"] = 100,
            ["Bootstrap"] = new JsonObject { ["Name"] = Admin, ["Password"] = Password },
        };
        sandbox.Save();
        var request = CheckMessages.For(await BenchmarkHarness.MakeKeyAsync(sandbox));
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        await FillAsync(sandbox);
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var checks = new PacedChecks(new(channel), _round);
        var table = new Table($"{_perSecond} Checks a second, ms", "p50", "p99", "requests");
        var before = Machine.ResidentMebibytes(sidecar.Id);
        var browsers = new List<WebBrowser>();
        for (var number = 0; number < _dashboards; number++)
        {
            browsers.Add(await LogInAsync(sidecar.Console));
        }

        (string Name, Func<CancellationToken, Task> Beside)[] kinds =
        [
            ("alone", _ => Task.CompletedTask),
            ($"beside {LoginsPerSecond} logins a second", cancelled => LogInAsync(sidecar.Console, cancelled)),
            ($"beside {_dashboards} dashboards", cancelled => ReadAsync(browsers, cancelled)),
            ("beside both", cancelled => Task.WhenAll(LogInAsync(sidecar.Console, cancelled), ReadAsync(browsers, cancelled))),
        ];
        var times = kinds.Select(_ => new List<List<double>>()).ToArray();
        for (var round = 0; round <= _rounds; round++)
        {
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                using var end = new CancellationTokenSource();
                var beside = kinds[kind].Beside(end.Token);
                times[kind].Add(await checks.MustAllowAsync(request, _perSecond));
                await end.CancelAsync();
                await beside;
            }
        }

        for (var kind = 0; kind < kinds.Length; kind++)
        {
            var counted = times[kind].Skip(1).ToList();
            table.Add(
                kinds[kind].Name,
                $"{counted.Select(all => all.Percentile(50)).Median():F2}",
                $"{counted.Select(all => all.Percentile(99)).Median():F2}",
                counted.Sum(all => all.Count)
            );
        }

        table.Results.Add(
            $"Resident: {before:F0} MiB before the first login, {Machine.ResidentMebibytes(sidecar.Id):F0} MiB at the end (aim: 160)."
        );
        browsers.ForEach(browser => browser.Dispose());
        return table;
    }

    private static async Task FillAsync(SidecarSandbox sandbox)
    {
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await using var context = seeder.Store.Open();
        await ConsoleSeed.AddUsageAsync(seeder.Store, context.Users.Single(user => user.Name == Admin).Id, DateTimeOffset.UtcNow);
    }

    private static async Task<WebBrowser> LogInAsync(Uri console)
    {
        var browser = new WebBrowser(console);
        var answer = await browser.LogInAsync(Admin, Password);
        return answer.Status == 200 ? browser : throw new InvalidOperationException($"The login failed: {answer.Status} {answer.Text}");
    }

    private static async Task LogInAsync(Uri console, CancellationToken cancelled)
    {
        var logins = new List<Task>();
        for (var clock = Stopwatch.StartNew(); !cancelled.IsCancellationRequested; await Task.Delay(10, CancellationToken.None))
        {
            if (logins.Count < LoginsPerSecond * clock.Elapsed.TotalSeconds)
            {
                logins.Add(LogInAndOutAsync(console));
            }
        }

        await Task.WhenAll(logins);
    }

    private static async Task LogInAndOutAsync(Uri console)
    {
        using var browser = await LogInAsync(console);
        var answer = await browser.PostJsonAsync("/auth/logout", new { });
        if (answer.Status is not (200 or 204))
        {
            throw new InvalidOperationException($"The logout failed: {answer.Status} {answer.Text}");
        }
    }

    private static Task ReadAsync(List<WebBrowser> browsers, CancellationToken cancelled) =>
        Task.WhenAll(
            browsers.Select(
                async (browser, number) =>
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)number / browsers.Count), CancellationToken.None);
                    while (!cancelled.IsCancellationRequested)
                    {
                        var page = await browser.GetAsync("/ui/admin");
                        if (page.Status != 200 || !page.Text.Contains("<h1", StringComparison.Ordinal))
                        {
                            throw new InvalidOperationException($"No dashboard: {page.Status} {page.Text}");
                        }

                        await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
                    }
                }
            )
        );
}
