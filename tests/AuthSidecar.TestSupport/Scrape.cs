using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.TestSupport;

/// <summary>The response of <c>/metrics</c> for the meters of one simulated process, without a server.</summary>
internal sealed class Scrape : IDisposable
{
    private readonly WebApplication _app;
    private readonly Endpoint _endpoint;

    /// <param name="meters">The meters to scrape.</param>
    /// <param name="configure">Further services, such as a second reader.</param>
    public Scrape(IMeterFactory meters, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore().AddSidecarMetrics().AddSingleton(meters);
        configure?.Invoke(builder.Services);
        _app = builder.Build();
        _app.MapMetrics();
        _endpoint = ((IEndpointRouteBuilder)_app).DataSources.Single().Endpoints.Single();
    }

    public Exposition Read() => Exposition.Parse(Text());

    public string Text(string accept = "")
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext
        {
            RequestServices = _app.Services,
            Request = { Method = "GET", Path = "/metrics" },
            Response = { Body = body },
        };
        context.Request.Headers.Accept = accept;
        _endpoint.RequestDelegate!(context).GetAwaiter().GetResult();
        Assert.Equal(
            (StatusCodes.Status200OK, "text/plain; version=0.0.4; charset=utf-8"),
            (context.Response.StatusCode, context.Response.ContentType)
        );
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }

    public void Dispose() => ((IDisposable)_app).Dispose();
}
