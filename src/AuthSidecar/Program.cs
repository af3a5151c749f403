using AuthSidecar.Administration.Commands;

return await CommandLine.RunAsync(args, new CommandEnvironment(), CancellationToken.None);
