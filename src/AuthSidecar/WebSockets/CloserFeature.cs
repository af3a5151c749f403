namespace AuthSidecar.WebSockets;

/// <summary>How WebSockets are refused.</summary>
internal static class CloserFeature
{
    public static IServiceCollection AddCloser(this IServiceCollection services) => services
        .AddSingleton<CloseSignal>()
        .AddSingleton<CloserRoute>()
        .AddSingleton<CloserEndpoint>();

    public static void UseCloser(this IApplicationBuilder door)
    {
        var closer = door.ApplicationServices.GetRequiredService<CloserEndpoint>();
        door.UseWebSockets().Run(closer.AnswerAsync);
    }
}
