using AuthSidecar.Administration.Commands;
using AuthSidecar.Demo;

return await DemoCommandLine.RunAsync(args, new CommandEnvironment(), CancellationToken.None);
