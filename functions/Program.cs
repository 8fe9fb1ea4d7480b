Console.WriteLine("Cx.Serverless");
