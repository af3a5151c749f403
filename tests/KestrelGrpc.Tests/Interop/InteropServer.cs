using KestrelGrpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;

namespace KestrelGrpc.Tests.Interop;

internal static class InteropServer
{
    public static Task<GrpcServer> StartAsync() => GrpcServer.StartAsync(
        app =>
        {
            app.Use((http, next) =>
            {
                CompressionProbe.BeginCall();
                return next(http);
            });
            app.MapGrpcService<TestServiceImpl>();
        },
        options =>
        {
            options.ResponseCompressionAlgorithm = "gzip";
            options.CompressionProviders = [new CompressionProbe()];
        });
}
