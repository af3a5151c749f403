namespace AuthSidecar.WebSockets.Closer;

/// <summary>The closer, which closes denied WebSockets with a code.</summary>
internal static class CloserFeature
{
    public static IServiceCollection AddCloser(this IServiceCollection services) =>
        services.AddSingleton<CloseSignal>().AddSingleton<CloserRoute>().AddSingleton<CloserEndpoint>();

    public static void UseCloser(this IApplicationBuilder listener)
    {
        var closer = listener.ApplicationServices.GetRequiredService<CloserEndpoint>();
        listener.UseWebSockets().Run(closer.AnswerAsync);
    }
}
