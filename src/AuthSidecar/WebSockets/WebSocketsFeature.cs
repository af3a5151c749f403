namespace AuthSidecar.WebSockets;

/// <summary>How WebSockets are refused.</summary>
internal static class WebSocketsFeature
{
    public static IServiceCollection AddWebSocketRefusals(this IServiceCollection services) => services
        .AddSingleton<CloseSignal>()
        .AddSingleton<CloserRoute>()
        .AddSingleton<Closer>();

    public static void UseCloser(this IApplicationBuilder door)
    {
        var closer = door.ApplicationServices.GetRequiredService<Closer>();
        door.UseWebSockets().Run(closer.AnswerAsync);
    }
}
