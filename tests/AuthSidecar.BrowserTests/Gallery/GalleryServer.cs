using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Pages;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Razor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Gallery;

/// <summary>Every part of the console's pages with sample data: Razor on Kestrel under the console's policy, in Chromium.</summary>
public sealed class GalleryServer : IAsyncLifetime
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'";

    private readonly WebApplication _app = Build();
    private IPlaywright? _driver;
    private IBrowser? _browser;

    internal Uri Address => new(_app.Urls.Single());

    public async Task InitializeAsync()
    {
        await _app.StartAsync();
        if (Chromium.Problem.Length == 0)
        {
            _driver = await Playwright.CreateAsync();
            _browser = await _driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        }
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _driver?.Dispose();
        await _app.DisposeAsync();
    }

    internal Task<IBrowserContext> ContextAsync(BrowserNewContextOptions options) => _browser!.NewContextAsync(options);

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(Samples.Now)));
        builder.Services.AddSingleton(new LiveOptions<AuthOptions>(new()));
        builder
            .Services.AddRazorPages()
            .WithRazorPagesRoot("/Gallery")
            .AddApplicationPart(typeof(GalleryServer).Assembly)
            .AddApplicationPart(typeof(ConsoleAssets).Assembly);
        builder.Services.Configure<RazorViewEngineOptions>(options =>
            options.PageViewLocationFormats.Add("/Administration/Pages/Shared/{0}.cshtml")
        );
        var app = builder.Build();
        app.Use(Prepare);
        app.UseRouting();
        app.MapAssets();
        app.MapRazorPages();
        return app;
    }

    private static Task Prepare(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        if (!http.Request.Path.StartsWithSegments("/ui/login"))
        {
            var role = http.Request.Path.StartsWithSegments("/ui/admin") ? UserRole.Admin : UserRole.User;
            http.Features.Set(new Caller(CallerKind.Session, "alice") { Role = role });
        }

        return next(http);
    }
}
